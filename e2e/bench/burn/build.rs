//! Lets burn's generator write each exported model as Rust, and a table of them. What the generator refuses is in the table with its
//! message.

use std::fmt::Write;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::{env, fs};

use burn_onnx::ModelGen;

/// Name, and the type of its input: a tensor of so many dimensions, of numbers or of words.
const MODELS: [(&str, &str); 9] = [
    ("product-512", "Tensor<2>"),
    ("product-1024", "Tensor<2>"),
    ("product-2048", "Tensor<2>"),
    ("product-4096", "Tensor<2>"),
    ("mlp", "Tensor<2>"),
    ("resnet50", "Tensor<4>"),
    ("mobilenet-v2", "Tensor<4>"),
    ("bert-base", "Tensor<2, Int>"),
    ("decoder-135m", "Tensor<2, Int>"),
];

fn main() {
    println!("cargo:rerun-if-env-changed=BENCH_MODELS");
    println!("cargo:rerun-if-changed=build.rs");
    let folder = PathBuf::from(env::var("BENCH_MODELS").expect("BENCH_MODELS is the folder that export.py wrote"));
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    let mut modules = String::new();
    let mut arms = String::new();
    for (name, input) in MODELS {
        let path = folder.join(format!("{name}.onnx"));
        println!("cargo:rerun-if-changed={}", path.display());
        let module = name.replace('-', "_");
        match generate(&path) {
            Ok(()) => {
                let code = out.join("models").join(format!("{name}.rs"));
                let weights = out.join("models").join(format!("{name}.bpk"));
                writeln!(modules, "#[allow(warnings)]\nmod {module} {{ include!({:?}); }}", code).expect("a string");
                writeln!(
                    arms,
                    "{name:?} => measure(job, |device| {module}::Model::from_file({weights:?}, device), |model, x: {input}| model.forward(x)),",
                )
                .expect("a string");
            }
            Err(message) => {
                println!("cargo:warning={name} is refused: {message}");
                writeln!(
                    arms,
                    "{name:?} => Err(format!(\"burn's generator refuses it: {{}}\", {message:?})),"
                )
                .expect("a string");
            }
        }
    }
    let table = format!(
        "{modules}\n/// Runs the model of a name.\npub fn run(name: &str, job: &Job) -> Result<Times, String> {{\n    match name {{\n{arms}\n        \
         _ => Err(format!(\"there is no model {{name}}\")),\n    }}\n}}\n"
    );
    fs::write(out.join("table.rs"), table).expect("OUT_DIR can be written");
}

/// Writes the code of a model, or tells why the generator cannot: it panics then.
fn generate(path: &Path) -> Result<(), String> {
    let text = path.to_str().expect("a path of text").to_owned();
    let generated = catch_unwind(|| ModelGen::new().input(&text).out_dir("models").run_from_script());
    generated.map_err(
        |panic| match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
            (Some(message), _) => message.clone(),
            (None, Some(message)) => (*message).to_owned(),
            (None, None) => "it gives no reason".to_owned(),
        },
    )
}
