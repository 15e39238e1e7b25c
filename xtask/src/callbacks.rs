//! The callbacks of journey-core: a new one, and their list in the documentation.

use std::fs;

use serde_json::Value;

use crate::workspace::root;

const FOLDER: &str = "crates/journey-core";
const TABLE: &str = "crates/journey-core/src/callback/mod.rs";
const TESTS: &str = "crates/journey-core/tests/it/samples.rs";
const LIST: &str = "docs/callbacks.md";

/// A line of the `callbacks!` table.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    variant: String,
    type_name: String,
    file: String,
}

/// Writes what a new callback needs: its file, its line in the table, its sample, its row in the tests, its
/// row in the list.
pub(crate) fn new(name: &str) -> Result<(), String> {
    let variant = name.strip_suffix("Callback").unwrap_or(name);
    if !variant.starts_with(|it: char| it.is_ascii_uppercase())
        || !variant.chars().all(|it| it.is_ascii_alphanumeric())
    {
        return Err(format!("{name:?} is no name of a callback: one like BadgeCallback is needed"));
    }
    let table = read(TABLE)?;
    let type_name = format!("{variant}Callback");
    if rows(&table)?.iter().any(|it| it.type_name == type_name) {
        return Err(format!("{type_name} is in the table already"));
    }
    let file = snake(variant);
    write(&format!("{FOLDER}/src/callback/{file}.rs"), &source(&type_name, variant))?;
    write(&format!("{FOLDER}/samples/{type_name}.json"), &sample(&type_name))?;
    write(TABLE, &with_row(&table, variant, &file)?)?;
    write(TESTS, &with_test(&read(TESTS)?, &type_name)?)?;
    crate::fmt::write()?;
    write_list()?;
    println!(
        "Now let {FOLDER}/src/callback/{file}.rs, its sample and its row in {TESTS} say what it is."
    );
    Ok(())
}

/// Writes the list of callbacks.
pub(crate) fn write_list() -> Result<(), String> {
    write(LIST, &list()?)
}

/// Fails if the list of callbacks is not what the code says.
pub(crate) fn check() -> Result<(), String> {
    if read(LIST)? == list()? {
        return Ok(());
    }
    Err(format!("{LIST} is not what the code says: cargo xtask codegen"))
}

fn list() -> Result<String, String> {
    let mut text = String::from(
        "# Callbacks\n\nWhat AM can ask and say, and the type that stands for it. Written by `cargo xtask codegen` \
         from the code and the\nsamples in `crates/journey-core/samples`; what each type offers is in its \
         documentation (`cargo doc`).\n\nA callback of any other type is a `Callback::Unknown`: it goes back \
         unchanged, and its inputs can be set. For nodes of\nyour own, implement `TypedCallback` and register the \
         type.\n\n| on the wire | in `Callback` | what it is | outputs | inputs |\n|---|---|---|---|---|\n",
    );
    for row in rows(&read(TABLE)?)? {
        let source = read(&format!("{FOLDER}/src/callback/{}.rs", row.file))?;
        let sample = read(&format!("{FOLDER}/samples/{}.json", row.type_name))?;
        let sample: Value = serde_json::from_str(&sample)
            .map_err(|it| format!("the sample of {} is no JSON: {it}", row.type_name))?;
        let summary = summary(&source, &row.type_name)
            .ok_or_else(|| format!("{} has no documentation", row.type_name))?;
        text.push_str(&format!(
            "| `{}` | `{}` | {summary} | {} | {} |\n",
            row.type_name,
            row.variant,
            names(&sample["output"]),
            names(&sample["input"]),
        ));
    }
    Ok(text)
}

/// The names in a sample's list; of inputs, what stands behind `IDToken` and the number.
fn names(list: &Value) -> String {
    let names = list.as_array().into_iter().flatten().filter_map(|it| it["name"].as_str());
    let names = names.map(|it| match it.strip_prefix("IDToken") {
        Some(rest) => match rest.trim_start_matches(|it: char| it.is_ascii_digit()) {
            "" => "the value".to_owned(),
            suffix => format!("`{suffix}`"),
        },
        None => format!("`{it}`"),
    });
    names.collect::<Vec<_>>().join(", ")
}

/// The first paragraph of a type's documentation.
fn summary(source: &str, type_name: &str) -> Option<String> {
    let (before, _) = source.split_once(&format!("\npub struct {type_name} "))?;
    let lines: Vec<&str> = before.lines().rev().skip_while(|it| it.starts_with("#[")).collect();
    let mut docs: Vec<&str> =
        lines.into_iter().map_while(|it| it.strip_prefix("///")).map(str::trim).collect();
    docs.reverse();
    let first: Vec<&str> = docs.into_iter().take_while(|it| !it.is_empty()).collect();
    (!first.is_empty()).then(|| first.join(" "))
}

fn rows(table: &str) -> Result<Vec<Row>, String> {
    let (_, rest) = table.split_once("\ncallbacks! {\n").ok_or("there is no table of callbacks")?;
    let (inside, _) = rest.split_once("\n}").ok_or("the table of callbacks has no end")?;
    inside
        .lines()
        .map(|line| {
            let parts = line.trim().strip_suffix(',').and_then(|it| it.split_once(") in "));
            let row = parts.and_then(|(types, file)| {
                let (variant, type_name) = types.split_once('(')?;
                Some(Row {
                    variant: variant.to_owned(),
                    type_name: type_name.to_owned(),
                    file: file.to_owned(),
                })
            });
            row.ok_or_else(|| format!("this is no line of the table of callbacks: {line}"))
        })
        .collect()
}

fn with_row(table: &str, variant: &str, file: &str) -> Result<String, String> {
    let all = rows(table)?;
    let line = format!("    {variant}({variant}Callback) in {file},\n");
    let place = match all.iter().find(|it| it.variant.as_str() > variant) {
        Some(next) => table.find(&format!("    {}({})", next.variant, next.type_name)),
        None => table.split_once("\ncallbacks! {\n").and_then(|(before, rest)| {
            Some(before.len() + "\ncallbacks! {\n".len() + rest.find("\n}")? + 1)
        }),
    };
    let place = place.ok_or("there is no place in the table of callbacks")?;
    Ok(format!("{}{line}{}", &table[..place], &table[place..]))
}

fn with_test(tests: &str, type_name: &str) -> Result<String, String> {
    let end = "\n    let built_in: BTreeSet<_>";
    let place = tests.find(end).ok_or("there is no table in the tests of the samples")?;
    let row = format!(
        "    table.row::<{type_name}>(\n        |it| assert_eq!(it.prompt(), \"Prompt\"),\n        \
         |it| it.set_value(\"value\"),\n        &[json!(\"value\")],\n    );\n"
    );
    Ok(format!("{}{row}{}", &tests[..place], &tests[place..]))
}

fn sample(type_name: &str) -> String {
    format!(
        "{{\n  \"type\": \"{type_name}\",\n  \"output\": [\n    {{\"name\": \"prompt\", \"value\": \"Prompt\"}}\n  ],\n  \
         \"input\": [\n    {{\"name\": \"IDToken1\", \"value\": \"\"}}\n  ],\n  \"_id\": 0,\n  \
         \"later\": {{\"kept\": 1.0, \"as\": [12345678901234567890123, \"\\u0061s it came\"]}}\n}}\n"
    )
}

fn source(type_name: &str, variant: &str) -> String {
    format!(
        r#"//! `{type_name}`.

use crate::callback::{{RawCallback, typed::typed_callback}};

/// Asks for {variant}.
///
/// ```json
/// {{"type": "{type_name}", "output": [{{"name": "prompt", "value": "Prompt"}}],
///  "input": [{{"name": "IDToken1", "value": ""}}]}}
/// ```
#[derive(Debug)]
pub struct {type_name} {{
    raw: RawCallback,
    prompt: String,
}}

impl {type_name} {{
    /// Returns the text to show before the field.
    pub fn prompt(&self) -> &str {{
        &self.prompt
    }}

    /// Sets the value.
    pub fn set_value(&mut self, value: &str) {{
        self.raw.set_proven_input(0, value);
    }}
}}

typed_callback!({type_name}, "{type_name}", |raw| match raw.inputs() {{
    0 => Err(raw),
    _ => Ok(Self {{ prompt: raw.output_text("prompt").unwrap_or_default(), raw }}),
}});
"#
    )
}

/// `SelectIdP` is `select_id_p`: ugly, but a file can be renamed in its one line.
fn snake(variant: &str) -> String {
    let mut name = String::new();
    for letter in variant.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

fn read(path: &str) -> Result<String, String> {
    fs::read_to_string(root().join(path)).map_err(|it| format!("could not read {path}: {it}"))
}

fn write(path: &str, text: &str) -> Result<(), String> {
    fs::write(root().join(path), text).map_err(|it| format!("could not write {path}: {it}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "x\ncallbacks! {\n    Choice(ChoiceCallback) in choice,\n    Name(NameCallback) in name,\n}\ny";

    #[test]
    fn a_new_line_stands_in_its_place() {
        for (variant, place) in [("Badge", 0), ("Kiosk", 1), ("Zone", 2)] {
            let rows = rows(&with_row(SMALL, variant, "file").unwrap()).unwrap();
            assert_eq!((rows.len(), rows[place].variant.as_str()), (3, variant));
        }
    }

    #[test]
    fn a_summary_is_the_first_paragraph() {
        let source = "//! x\n\n/// Asks for\n/// a badge.\n///\n/// More.\n#[derive(Debug)]\npub struct BadgeCallback {\n";
        assert_eq!(summary(source, "BadgeCallback").as_deref(), Some("Asks for a badge."));
        assert_eq!(summary(source, "NameCallback"), None);
    }

    #[test]
    fn inputs_are_named_by_what_tells_them_apart() {
        let list =
            serde_json::json!([{"name": "IDToken1"}, {"name": "IDToken1jws"}, {"name": "prompt"}]);
        assert_eq!(names(&list), "the value, `jws`, `prompt`");
    }

    #[test]
    fn the_list_is_what_the_code_says() {
        assert_eq!(check(), Ok(()));
    }
}
