//! Every kernel, checked and translated for Vulkan as wgpu does, without an adapter: so those of targets that are not at hand, too.

use std::fs;
use std::path::{Path, PathBuf};

use naga::back::{PipelineConstants, pipeline_constants::process_overrides, spv};
use naga::front::wgsl;
use naga::valid::{Capabilities, ValidationFlags, Validator};

use super::binary::Binary;
use super::element::{Expression, Operation, Walk, epilogue, launch};
use super::unary::Unary;
use super::*;

/// What every adapter can do.
const ANYWHERE: Capabilities = Capabilities::SHADER_FLOAT16_IN_FLOAT32;
/// What adapters can do on which [`Target::Lanes`] is chosen.
const LANES: Capabilities = ANYWHERE
    .union(Capabilities::SUBGROUP)
    .union(Capabilities::SHADER_INT64)
    .union(Capabilities::IMMEDIATES);

/// What GPUs can do whose threads tell each other of what they have by subgroups.
const SUBGROUPS: Capabilities = ANYWHERE.union(Capabilities::SUBGROUP);
/// What adapters can do whose subgroups multiply matrices.
const COOPERATIVE: Capabilities = SUBGROUPS
    .union(Capabilities::SHADER_FLOAT16)
    .union(Capabilities::COOPERATIVE_MATRIX);

/// Where kernels are declared, the statics that hold them, and what they may use.
type Family = (
    &'static str,
    &'static [&'static str],
    Capabilities,
    Vec<&'static Kernel>,
);

macro_rules! declared {
    ($($module:ident $name:ident),* $(,)?) => {
        vec![$((
            concat!(stringify!($module), ".rs"), [stringify!($name)].as_slice(), ANYWHERE, vec![&super::$module::$name]
        )),*]
    };
}

fn families() -> Vec<Family> {
    let mut families: Vec<Family> = declared![
        binary KERNEL, col2im KERNEL, conv KERNEL, conv_transpose KERNEL, copy KERNEL, deform_conv KERNEL, element KERNEL, extremes KERNEL,
        gather KERNEL, grid_sample KERNEL, im2col KERNEL, layer_norm KERNEL, layer_norm BY_ROWS, layer_norm SHARING, layer_norm APART, matmul KERNEL, normalize KERNEL,
        pack KERNEL, pool KERNEL, reduce KERNEL, reduce ROWS, reduce FOURS, requantize KERNEL, resample KERNEL, roi_align KERNEL, select KERNEL, softmax KERNEL,
        softmax ROWS, softmax FOURS, unary KERNEL,
    ];
    for (file, name, kernel) in [
        (
            "layer_norm.rs",
            &["BY_ROWS_BY_SUBGROUPS"],
            &layer_norm::BY_ROWS_BY_SUBGROUPS,
        ),
        ("reduce.rs", &["ROWS_BY_SUBGROUPS"], &reduce::ROWS_BY_SUBGROUPS),
        ("softmax.rs", &["ROWS_BY_SUBGROUPS"], &softmax::ROWS_BY_SUBGROUPS),
    ] {
        families.push((file, name, SUBGROUPS, vec![kernel]));
    }
    let tables = ["TILE_KERNELS", "VECTOR_KERNELS"].as_slice();
    families.push(("matmul/gpu.rs", tables, ANYWHERE, matmul::gpu_kernels()));
    families.push((
        "matmul/cooperative.rs",
        &["KERNELS"],
        COOPERATIVE,
        matmul::cooperative_kernels(),
    ));
    let [attention, by_subgroups] = attention::kernels();
    families.push(("attention.rs", &["KERNELS"], ANYWHERE, attention));
    families.push(("attention.rs", &["BY_SUBGROUPS"], SUBGROUPS, by_subgroups));
    families.push(("matmul/lanes.rs", &["KERNELS"], LANES, matmul::lanes_kernels()));
    families.push(("matmul/lanes/thin.rs", &["KERNELS"], LANES, matmul::thin_kernels()));
    families.push(("im2col/spans.rs", &["KERNELS"], LANES, im2col::spans::kernels()));
    families.push((
        "conv/winograd.rs",
        &["FILTERS"],
        ANYWHERE,
        vec![&conv::winograd::FILTERS],
    ));
    families.push((
        "conv/winograd.rs",
        &["INPUTS", "OUTPUTS"],
        LANES,
        conv::winograd::kernels(),
    ));
    families.push(("element.rs", &["FOURS"], LANES, vec![&element::FOURS]));
    families.push(("inverted.rs", &["KERNELS"], LANES, inverted::kernels()));
    families.push(("conv/few.rs", &["KERNELS"], LANES, conv::few::kernels()));
    families.push(("depthwise.rs", &["KERNELS"], LANES, depthwise::kernels()));
    families.push(("depthwise/rows.rs", &["KERNELS"], LANES, depthwise::rows::kernels()));
    families.push(("pool/spans.rs", &["KERNELS"], LANES, pool::spans::kernels()));
    families
}

/// A kernel with what its results go through, as it is compiled.
struct Whole {
    name: &'static str,
    source: String,
    /// The value of every pipeline constant but those that say how results are finished.
    constant: f64,
    finishes: &'static [(&'static str, f64)],
    capabilities: Capabilities,
}

/// Elements that are computed.
const COUNT: usize = 12;

/// Expressions over what a kernel computed, or a number, and the tensor that is read first: a short one and a long one, which rounds. Both
/// count steps, the short one by a quotient.
fn expressions(first: &Operation) -> [Expression; 2] {
    let kinds = [
        (Binary::Add, Binary::Divide, vec![Unary::Relu, Unary::ToWhole]),
        (Binary::Minimum, Binary::Steps, vec![Unary::Gelu, Unary::ToFloat16]),
    ];
    kinds.map(|(binary, other, functions)| {
        let mut expression = Expression::default();
        let value = expression.add(first.clone());
        let read = expression.add(Operation::Read {
            input: 0,
            walk: Walk::straight(COUNT),
        });
        let joined = expression.add(Operation::Binary(binary, value, read));
        let joined = expression.add(Operation::Binary(other, joined, read));
        functions.into_iter().fold(joined, |operand, function| {
            expression.add(Operation::Unary(function, 0.0, 0.0, operand))
        });
        expression
    })
}

/// What the kernels of elements call, for each of these.
fn elements(kernel: &Kernel) -> Vec<Arc<Epilogue>> {
    let targets = [Target::Any, Target::Lanes(8)];
    let launches = targets.iter().flat_map(|&target| {
        let expressions = expressions(&Operation::Number(1)).into_iter();
        expressions.map(move |expression| launch(expression, 1, COUNT, target))
    });
    let own = launches.filter(|launch| launch.kernel.name == kernel.name);
    own.filter_map(|launch| launch.epilogue).collect()
}

fn wholes() -> Vec<Whole> {
    let mut wholes = Vec::new();
    for (file, _, capabilities, kernels) in families() {
        for kernel in kernels {
            let mut add = |finish: &str, constant, finishes| {
                wholes.push(Whole {
                    name: kernel.name,
                    source: [kernel.source, finish].concat(),
                    constant,
                    finishes,
                    capabilities,
                });
            };
            if file == "element.rs" {
                let elements = elements(kernel);
                assert_eq!(elements.len(), 2, "{}", kernel.name);
                elements.iter().for_each(|element| add(&element.source, 1.0, &[]));
                continue;
            }
            add(kernel.plain(), 1.0, &[]);
            if kernel.finishes() {
                let written = expressions(&Operation::Value);
                let [short, long] = written.map(|expression| epilogue(&expression, 1, COUNT, kernel));
                assert!(short.is_short && !long.is_short);
                let at_once: &[_] = match kernel.finishes_at_once() {
                    true => &[("FINISHES_AT_ONCE", 1.0)],
                    false => &[],
                };
                let afterwards: &[_] = match kernel.finishes_afterwards() {
                    true => &[("FINISHES", 1.0)],
                    false => &[],
                };
                add(&short.source, 0.0, at_once);
                add(&long.source, 2.0, afterwards);
            }
        }
    }
    wholes
}

/// Reads, validates and translates WGSL; what is wrong with it otherwise.
fn check(source: &str, constant: f64, finishes: &[(&str, f64)], capabilities: Capabilities) -> Result<(), String> {
    let mut options = wgsl::Options::new();
    options.capabilities = capabilities;
    let parsed = wgsl::Frontend::new_with_options(options).parse(source);
    let module = parsed.map_err(|error| error.emit_to_string(source))?;
    let validated = Validator::new(ValidationFlags::all(), capabilities).validate(&module);
    let info = validated.map_err(|error| error.emit_to_string(source))?;
    let mut constants = PipelineConstants::default();
    for (_, known) in module.overrides.iter().filter(|(_, known)| known.init.is_none()) {
        constants.insert(known.name.clone().unwrap_or_default(), constant);
    }
    constants.extend(finishes.iter().map(|&(name, value)| (name.to_owned(), value)));
    let stage = naga::ShaderStage::Compute;
    let folded = process_overrides(&module, &info, Some((stage, "main")), &constants);
    let (module, info) = folded.map_err(|error| error.to_string())?;
    let entry = spv::PipelineOptions {
        shader_stage: stage,
        entry_point: "main".into(),
    };
    let options = spv::Options {
        lang_version: (1, 3),
        ..spv::Options::default()
    };
    spv::write_vec(&module, &info, &options, Some(&entry))
        .map(drop)
        .map_err(|error| error.to_string())
}

/// Files under a folder of the sources whose names end so, and what they hold.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    fn add(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder of the sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                add(&path, ending, found);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let mut found = Vec::new();
    add(&root, ending, &mut found);
    found.sort();
    let name = |path: &Path| {
        let parts = path.strip_prefix(&root).expect("it is under the root").iter();
        parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
    };
    let named = found
        .iter()
        .map(|path| (name(path), fs::read_to_string(path).expect("a source")));
    named.collect()
}

#[test]
fn every_kernel_is_valid_and_translates() {
    let wholes = wholes();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let check_some = |wholes: &[Whole]| {
        for whole in wholes {
            let checked = check(&whole.source, whole.constant, whole.finishes, whole.capabilities);
            checked.unwrap_or_else(|error| panic!("{} with {:?}: {error}", whole.name, whole.finishes));
        }
    };
    std::thread::scope(|scope| {
        for some in wholes.chunks(wholes.len().div_ceil(threads)) {
            scope.spawn(move || check_some(some));
        }
    });
}

#[test]
fn what_an_adapter_lacks_or_wgsl_forbids_is_noticed() {
    let main = |body: &str| format!("@compute @workgroup_size(1) fn main() {{ {body} }}");
    check(&main("let x = 1u;"), 1.0, &[], ANYWHERE).expect("a sound one");
    assert!(check(&main("let x = 1lu;"), 1.0, &[], ANYWHERE).is_err());
    assert!(check(&main("let x = subgroupAdd(1u);"), 1.0, &[], ANYWHERE).is_err());
    assert!(check(&main("let x = 1u + 1.0f;"), 1.0, &[], LANES).is_err());
    check(&main("let x = subgroupAdd(1u); let y = 1lu;"), 1.0, &[], LANES).expect("what these have");
}

/// A kernel that is added is checked from then on, or this fails: it must be listed in [`families`].
#[test]
fn all_kernels_are_listed() {
    let mut declared = Vec::new();
    for (file, text) in files("kernels", "rs") {
        let statics = text.lines().filter_map(|line| {
            let (before, of) = line.split_once("static ")?;
            of.split_once(": ").filter(|_| !before.ends_with('\''))
        });
        let kernels = statics.filter(|(_, of)| (of.contains("Kernel") || of.contains("Family")) && !of.contains('&'));
        declared.extend(kernels.map(|(name, _)| format!("{file} {name}")));
    }
    let listed = families();
    let listed = listed
        .iter()
        .flat_map(|(file, names, ..)| names.iter().map(move |name| format!("{file} {name}")));
    let mut listed: Vec<String> = listed.collect();
    declared.sort();
    listed.sort();
    assert_eq!(
        declared, listed,
        "kernels that are declared, and those that are checked"
    );
}

#[test]
fn all_files_are_part_of_a_kernel_that_is_checked() {
    let wholes = wholes();
    for (file, text) in files("kernels", "wgsl") {
        // The lines that a template leaves as they are.
        let lines = text.lines().map(str::trim);
        let lines: Vec<&str> = lines
            .filter(|line| !line.contains('$') && !line.starts_with("//#"))
            .collect();
        let holds = |whole: &Whole| lines.iter().all(|line| whole.source.contains(line));
        assert!(wholes.iter().any(holds), "{file} is in no kernel that is checked");
    }
}

/// The shaders that are no kernels: whole files, which measure and try an adapter.
#[test]
fn every_other_shader_is_valid_and_translates() {
    let shaders = files("gpu", "wgsl");
    assert!(!shaders.is_empty());
    for (file, source) in shaders {
        let needs = |extension, capability| match source.contains(extension) {
            true => capability,
            false => Capabilities::empty(),
        };
        let half = needs("enable f16;", Capabilities::SHADER_FLOAT16);
        let matrices = needs("enable wgpu_cooperative_matrix;", Capabilities::COOPERATIVE_MATRIX);
        let checked = check(&source, 256.0, &[], LANES | half | matrices);
        checked.unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}
