//! The comparison harness `cargo run -p yuma --example epoch`.

use serde_json::{json, Value};

#[path = "../examples/epoch/case.rs"]
mod case;
#[path = "../examples/epoch/harness.rs"]
mod harness;

/// The subnet of the known answers.
fn known_case() -> Value {
    let row = json!([[4, 16383], [5, 32767], [6, 49149], [7, 65535]]);
    json!({
        "n": 8, "stake": [1, 2, 3, 4, 0, 0, 0, 0], "last_update": [1, 1, 1, 1, 0, 0, 0, 0],
        "registered_at": [0, 0, 0, 0, 0, 0, 0, 0], "weights": {"0": row, "1": row, "2": row, "3": row}, "bonds": {},
        "permits": [true, true, true, true, false, false, false, false], "block": 1, "tempo": 1, "last_step": 0,
        "activity_cutoff": 5000, "kappa": 32767, "bonds_moving_average": 900_000, "bonds_penalty": 65535,
        "max_validators": 4, "yuma3": false, "liquid_alpha": false, "alpha_low": 45875, "alpha_high": 58982,
        "steepness": 1000, "owner": null, "stake_threshold": 0, "emission": 1_000_000_000
    })
}

fn with(field: &str, value: Value) -> Value {
    let mut case = known_case();
    case[field] = value;
    case
}

fn answers(cases: &[Value]) -> Result<Vec<Value>, String> {
    let input: String = cases.iter().map(|case| format!("{case}\n")).collect();
    let mut output = Vec::new();
    harness::run(input.as_bytes(), &mut output)?;
    let lines = String::from_utf8(output).expect("results are text");
    Ok(lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("results are JSON"))
        .collect())
}

fn complaint(field: &str, value: Value) -> String {
    answers(&[known_case(), with(field, value)]).expect_err("the second case is wrong")
}

#[test]
fn a_result_holds_every_list_and_feeds_the_next_case() {
    let first = answers(&[known_case()]).unwrap().remove(0);
    let emission = json!([49999998, 99999999, 150000000, 200000001, 49998779, 100000610, 149996337, 200004272]);
    assert_eq!(first["emission"], emission);
    assert_eq!(
        first["bonds"]["1"],
        json!([[4, 32767], [5, 32767], [6, 32767], [7, 32767]])
    );
    assert_eq!(first["bonds"].get("4"), None);
    for list in [
        "server_emission",
        "validator_emission",
        "stake_weight",
        "consensus",
        "incentive",
        "dividends",
    ] {
        assert_eq!(first[list].as_array().map(Vec::len), Some(8), "{list}");
    }
    assert_eq!(first["validator_trust"].as_array().map(Vec::len), Some(8));
    assert_eq!(first["permits"], known_case()["permits"]);

    let mut second = known_case();
    second["bonds"] = first["bonds"].clone();
    second["block"] = json!(2);
    second["weights"]["0"] = json!([[0, 65535]]);
    let second = answers(&[second]).unwrap().remove(0);
    assert_eq!(second["emission"][0], json!(44998351));
    assert_eq!(second["bonds"]["0"][0], json!([4, 14582]));
}

#[test]
fn one_result_a_line_and_none_for_blank_lines() {
    let mut output = Vec::new();
    let input = format!("{}\n\n{}", known_case(), with("yuma3", json!(true)));
    harness::run(input.as_bytes(), &mut output).unwrap();
    assert_eq!(output.iter().filter(|&&byte| byte == b'\n').count(), 2);
}

#[test]
fn the_commit_mask_is_optional() {
    let masked = with("earliest_commit", json!([null, 5, 0, null, null, null, null, null]));
    assert_eq!(answers(&[masked]).unwrap(), answers(&[known_case()]).unwrap());
    let mut hidden = with("earliest_commit", json!([0, 0, 0, 0, 0, 0, 0, 0]));
    hidden["registered_at"] = json!([0, 0, 0, 0, 1, 1, 1, 1]);
    hidden["last_update"] = json!([2, 2, 2, 2, 2, 2, 2, 2]);
    assert_eq!(
        answers(&[hidden]).unwrap()[0]["incentive"],
        json!([0, 0, 0, 0, 0, 0, 0, 0])
    );
}

#[test]
fn the_stake_cap_is_optional() {
    assert_eq!(
        answers(&[with("stake_cap", json!(0))]).unwrap(),
        answers(&[known_case()]).unwrap()
    );
    let capped = answers(&[with("stake_cap", json!(32767))]).unwrap();
    assert_eq!(
        capped[0]["stake_weight"],
        json!([9362, 18724, 18724, 18724, 0, 0, 0, 0]),
        "{capped:?}"
    );
}

#[test]
fn bad_input_names_line_and_field() {
    let expected = [
        (
            "kappa",
            json!(65536),
            "line 2: kappa: expected a whole number from 0 to 65535, found 65536",
        ),
        (
            "stake_cap",
            json!(65536),
            "line 2: stake_cap: expected a whole number from 0 to 65535, found 65536",
        ),
        (
            "emission",
            json!(-1),
            "line 2: emission: expected a whole number from 0 to 18446744073709551615, found -1",
        ),
        (
            "emission",
            json!(0.5),
            "line 2: emission: expected a whole number from 0 to 18446744073709551615, found 0.5",
        ),
        (
            "steepness",
            json!("steep"),
            "line 2: steepness: expected an integer of 32 bits, found \"steep\"",
        ),
        (
            "stake",
            json!([1]),
            "line 2: stake: expected 8 values, one per neuron, found 1",
        ),
        ("stake", json!(7), "line 2: stake: expected a list, found 7"),
        (
            "permits",
            json!([1, 1, 1, 1, 1, 1, 1, 1]),
            "line 2: permits: expected true or false, found 1",
        ),
        (
            "yuma3",
            json!(null),
            "line 2: yuma3: expected true or false, found null",
        ),
        (
            "owner",
            json!(8),
            "line 2: owner: found UID 8, expected a UID below 8, or none",
        ),
        (
            "n",
            json!(40000),
            "line 2: n: expected a whole number from 0 to 32768, found 40000",
        ),
        (
            "weights",
            json!([]),
            "line 2: weights: expected an object of rows by UID, found []",
        ),
        (
            "weights",
            json!({"8": []}),
            "line 2: weights: found a row of UID \"8\", expected a UID below 8",
        ),
        (
            "weights",
            json!({"1": [], "01": []}),
            "line 2: weights: found two rows of UID 1, expected one",
        ),
        (
            "weights",
            json!({"0": [[1]]}),
            "line 2: weights: expected an entry [uid, value], found [1]",
        ),
        (
            "weights",
            json!({"0": [[8, 1]]}),
            "line 2: weights: row 0 names UID 8, expected a UID below 8",
        ),
        (
            "bonds",
            json!({"3": [[1, 1], [1, 2]]}),
            "line 2: bonds: row 3 names UID 1 twice, expected once",
        ),
        (
            "bonds",
            json!({"3": [[1, 65536]]}),
            "line 2: bonds: expected a whole number from 0 to 65535, found 65536",
        ),
    ];
    for (field, value, message) in expected {
        assert_eq!(complaint(field, value), message);
    }
}

#[test]
fn a_missing_field_is_named() {
    for field in known_case().as_object().expect("a case is an object").keys() {
        let mut incomplete = known_case();
        incomplete.as_object_mut().expect("a case is an object").remove(field);
        assert_eq!(
            answers(&[incomplete]),
            Err(format!("line 1: {field}: the field is missing"))
        );
    }
}

#[test]
fn text_that_is_no_case_is_refused() {
    let complaint = |text: &str| harness::run(text.as_bytes(), Vec::new()).expect_err("this is no case");
    assert!(complaint("{").starts_with("line 1: not JSON: "));
    assert_eq!(complaint("[1]"), "line 1: expected a JSON object");
    let deep = "[".repeat(100_000);
    assert!(complaint(&deep).starts_with("line 1: not JSON: "));
}
