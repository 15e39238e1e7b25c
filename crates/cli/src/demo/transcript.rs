//! What is told of the story, and whether it is true.

use journey_testkit::sim::Seen;
use serde_json::{Value, json};

use crate::{
    demo::wire::{Exchange, Wire},
    output::Output,
};

/// Tells steps as they happen and keeps them.
#[derive(Debug)]
pub(super) struct Transcript {
    output: Output,
    wire: Wire,
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    call: String,
    exchanges: Vec<Exchange>,
    findings: Vec<Finding>,
}

/// A result, and whether it is as it should be.
#[derive(Debug)]
pub(super) struct Finding {
    right: bool,
    text: String,
}

impl Finding {
    /// Says what came out, and whether it is right.
    pub(super) fn new(right: bool, text: impl Into<String>) -> Self {
        Self { right, text: text.into() }
    }

    fn line(&self) -> String {
        format!("   {}  {}", if self.right { "ok" } else { "WRONG" }, self.text)
    }
}

impl Transcript {
    /// Starts an empty one.
    pub(super) fn new(output: Output) -> Self {
        Self { output, wire: Wire::default(), steps: Vec::new() }
    }

    /// Returns the layer that sees the exchanges.
    pub(super) fn wire(&self) -> Wire {
        self.wire.clone()
    }

    /// Tells a step: the call, what went over the wire for it, what came out.
    pub(super) fn tell(&mut self, call: &str, findings: Vec<Finding>) {
        let step = Step { call: call.to_owned(), exchanges: self.wire.take(), findings };
        for line in step.lines(self.steps.len() + 1) {
            self.output.line(&line);
        }
        self.steps.push(step);
    }

    /// Compares what the client tells with what the server has seen.
    pub(super) fn compare(&mut self, seen: &[Seen]) {
        let told: Vec<_> = self.exchanges().map(|it| (&*it.method, &*it.path, it.status)).collect();
        let seen: Vec<_> = seen.iter().map(|it| (it.method(), it.path(), it.status())).collect();
        let text = if told == seen {
            format!(
                "the server has seen the same {} requests and given the same answers",
                seen.len()
            )
        } else {
            format!("the client tells of {told:?}, the server has seen {seen:?}")
        };
        let finding = Finding::new(told == seen, text);
        self.tell("the server's own log", vec![finding]);
    }

    /// Returns how many results are not as they should be.
    pub(super) fn wrong(&self) -> usize {
        self.steps.iter().flat_map(|it| &it.findings).filter(|it| !it.right).count()
    }

    /// Returns all lines.
    #[cfg(test)]
    pub(super) fn lines(&self) -> Vec<String> {
        self.steps.iter().enumerate().flat_map(|(index, it)| it.lines(index + 1)).collect()
    }

    /// Returns the line that sums up.
    pub(super) fn last_line(&self) -> String {
        let results: usize = self.steps.iter().map(|it| it.findings.len()).sum();
        format!("\n{} of {results} results are as they should be.", results - self.wrong())
    }

    /// Returns everything, for a script.
    pub(super) fn object(&self) -> Value {
        let steps: Vec<Value> = self.steps.iter().map(Step::object).collect();
        json!({ "steps": steps, "wrong": self.wrong() })
    }

    fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        self.steps.iter().flat_map(|it| &it.exchanges)
    }
}

impl Step {
    fn lines(&self, number: usize) -> Vec<String> {
        let mut lines = vec![format!("\n{number}. {}", self.call)];
        for exchange in &self.exchanges {
            lines.push(sent(exchange));
            if !exchange.sent.is_empty() {
                lines.push(format!("      {}", exchange.sent));
            }
            lines.push(came_back(exchange));
        }
        lines.extend(self.findings.iter().map(Finding::line));
        lines
    }

    fn object(&self) -> Value {
        let exchange = |it: &Exchange| {
            json!({
                "method": it.method, "path": it.path, "query": it.query, "with": it.credentials,
                "sent": it.sent, "status": it.status, "answer": it.answer,
            })
        };
        let finding = |it: &Finding| json!({ "right": it.right, "text": it.text });
        json!({
            "call": self.call,
            "exchanges": self.exchanges.iter().map(exchange).collect::<Vec<_>>(),
            "results": self.findings.iter().map(finding).collect::<Vec<_>>(),
        })
    }
}

fn sent(exchange: &Exchange) -> String {
    let Exchange { method, path, query, credentials, .. } = exchange;
    let mut line = format!("   -> {method} {path}");
    if !query.is_empty() {
        line.push_str(&format!("?{query}"));
    }
    if !credentials.is_empty() {
        line.push_str(&format!("  ({})", credentials.join(", ")));
    }
    line
}

fn came_back(exchange: &Exchange) -> String {
    match exchange.status {
        Some(status) => format!("   <- {status} {}", exchange.answer).trim_end().to_owned(),
        None => "   <- no answer".to_owned(),
    }
}
