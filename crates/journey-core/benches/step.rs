//! Reading a step and answering it, beside the round trip of the same bytes through `serde_json::Value`.
//!
//! `cargo bench -p journey-core`. A single pass for counting instructions: `.. --bench step -- count ours 10`.

use std::{env, fmt::Write, hint::black_box};

use criterion::{BenchmarkId, Criterion};
use http::Response;
use journey_core::{Callback, Outcome, Realm, Server, Start};
use serde_json::Value;

/// A page as PingOne Advanced Identity Cloud sends it, with so many callbacks.
fn page(count: usize) -> String {
    let mut page = String::from(r#"{"authId":""#);
    page.push_str(&"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9".repeat(20));
    page.push_str(r#"","callbacks":["#);
    for index in 0..count {
        let comma = if index > 0 { "," } else { "" };
        let number = index + 1;
        let callback = match index % 4 {
            0 => format!(
                r#"{{"type":"NameCallback","output":[{{"name":"prompt","value":"User Name"}}],"input":[{{"name":"IDToken{number}","value":""}}],"_id":{index}}}"#
            ),
            1 => format!(
                r#"{{"type":"PasswordCallback","output":[{{"name":"prompt","value":"Password"}}],"input":[{{"name":"IDToken{number}","value":""}}],"_id":{index}}}"#
            ),
            2 => format!(
                r#"{{"type":"ChoiceCallback","output":[{{"name":"prompt","value":"Second factor"}},{{"name":"choices","value":["Push","Code"]}},{{"name":"defaultChoice","value":0}}],"input":[{{"name":"IDToken{number}","value":0}}],"_id":{index}}}"#
            ),
            _ => format!(
                r#"{{"type":"StringAttributeInputCallback","output":[{{"name":"name","value":"mail"}},{{"name":"prompt","value":"Email Address"}},{{"name":"required","value":true}},{{"name":"policies","value":{{"policyRequirements":["REQUIRED","VALID_TYPE"],"fallbackPolicies":null,"name":"mail","policies":[],"conditionalPolicies":null}}}},{{"name":"failedPolicies","value":[]}},{{"name":"validateOnly","value":false}},{{"name":"value","value":""}}],"input":[{{"name":"IDToken{number}","value":""}},{{"name":"IDToken{number}validateOnly","value":false}}],"_id":{index}}}"#
            ),
        };
        write!(page, "{comma}{callback}").expect("a text takes it");
    }
    page.push_str(
        r#"],"stage":"{\"themeId\":\"t-1\"}","header":"Sign in","description":"Welcome"}"#,
    );
    page
}

/// Reads the step, sets every input that has a first text, and writes the answer.
fn ours(start: &Start, page: &str) -> usize {
    let Ok(Outcome::Continue(mut step)) = start.read(&Response::new(page)) else { return 0 };
    for callback in step.callbacks_mut() {
        match callback {
            Callback::Name(it) => it.set_name("bjensen"),
            Callback::Password(it) => it.set_password("Passw0rd1"),
            Callback::StringAttributeInput(it) => it.set_value("bjensen@example.com"),
            _ => {}
        }
    }
    start.answer(&step).map_or(0, |it| secrecy::ExposeSecret::expose_secret(it.body()).len())
}

/// Does the same with values: parse, set, write.
fn values(page: &str) -> usize {
    let Ok(mut step) = serde_json::from_str::<Value>(page) else { return 0 };
    for callback in step["callbacks"].as_array_mut().into_iter().flatten() {
        let value = match callback["type"].as_str() {
            Some("NameCallback") => "bjensen",
            Some("PasswordCallback") => "Passw0rd1",
            Some("StringAttributeInputCallback") => "bjensen@example.com",
            _ => continue,
        };
        callback["input"][0]["value"] = value.into();
    }
    step.to_string().len()
}

fn start() -> Start {
    let server = Server::new("https://am.example.com/am").expect("the URL is one");
    Start::new(server, Realm::root())
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    if let Some(at) = arguments.iter().position(|it| it == "count") {
        let page = page(arguments[at + 2].parse().expect("a number of callbacks"));
        let start = start();
        for _ in 0..1000 {
            match arguments[at + 1].as_str() {
                "ours" => black_box(ours(&start, black_box(&page))),
                _ => black_box(values(black_box(&page))),
            };
        }
        return;
    }
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("read and answer");
    let start = start();
    for count in [1, 10, 50] {
        let page = page(count);
        group.bench_with_input(BenchmarkId::new("ours", count), &page, |bencher, page| {
            bencher.iter(|| ours(&start, black_box(page)));
        });
        group.bench_with_input(
            BenchmarkId::new("serde_json::Value", count),
            &page,
            |bencher, page| {
                bencher.iter(|| values(black_box(page)));
            },
        );
    }
    group.finish();
    criterion.final_summary();
}
