//! Input that does not describe an epoch.

use yuma::{activity_cutoff, pack, unpack, Epoch, Error, Input, Neurons, Outcome, Params, SparseMatrix, Version};

fn params() -> Params {
    Params {
        block: 10,
        tempo: 5,
        last_step: 0,
        activity_cutoff: 5000,
        kappa: 32767,
        bonds_moving_average: 900_000,
        bonds_penalty: 65535,
        max_validators: 64,
        owner: None,
        stake_threshold: 0,
        emission: 1_000_000_000,
        version: Version::Yuma3,
    }
}

const THREE: Neurons<'_> = Neurons {
    stake: &[1, 2, 3],
    last_update: &[9, 9, 9],
    registered_at: &[0, 0, 0],
    permits: &[true, true, false],
    earliest_commit: &[],
};

fn rows(rows: &[&[(u16, u16)]]) -> SparseMatrix {
    let mut matrix = SparseMatrix::new();
    rows.iter().for_each(|row| matrix.push_row(row));
    matrix
}

fn run(params: &Params, neurons: Neurons<'_>, weights: &SparseMatrix, bonds: &SparseMatrix) -> Result<Outcome, Error> {
    Epoch {
        params,
        neurons,
        weights,
        bonds,
    }
    .run()
}

#[test]
fn lists_have_one_value_per_neuron() {
    let three = rows(&[&[], &[], &[]]);
    let cases = [
        (
            Neurons {
                last_update: &[1],
                ..THREE
            },
            Input::LastUpdate,
            1,
        ),
        (
            Neurons {
                registered_at: &[1; 4],
                ..THREE
            },
            Input::RegisteredAt,
            4,
        ),
        (Neurons { permits: &[], ..THREE }, Input::Permits, 0),
        (
            Neurons {
                earliest_commit: &[1],
                ..THREE
            },
            Input::EarliestCommit,
            1,
        ),
    ];
    for (neurons, input, found) in cases {
        let error = Error::LengthMismatch {
            input,
            expected: 3,
            found,
        };
        assert_eq!(run(&params(), neurons, &three, &three), Err(error));
    }
    let two = rows(&[&[], &[]]);
    let error = |input| {
        Err(Error::LengthMismatch {
            input,
            expected: 3,
            found: 2,
        })
    };
    assert_eq!(run(&params(), THREE, &two, &three), error(Input::Weights));
    assert_eq!(run(&params(), THREE, &three, &two), error(Input::Bonds));
}

#[test]
fn uids_exist_and_are_named_once() {
    let good = rows(&[&[(2, 1)], &[], &[]]);
    let unknown = rows(&[&[], &[(3, 1)], &[]]);
    let twice = rows(&[&[(1, 1)], &[], &[(0, 1), (1, 5), (0, 2)]]);
    let error = Error::UidOutOfRange {
        input: Input::Weights,
        row: 1,
        uid: 3,
        neurons: 3,
    };
    assert_eq!(run(&params(), THREE, &unknown, &good), Err(error));
    let error = Error::DuplicateUid {
        input: Input::Bonds,
        row: 2,
        uid: 0,
    };
    assert_eq!(run(&params(), THREE, &good, &twice), Err(error));
    let owned = Params {
        owner: Some(3),
        ..params()
    };
    assert_eq!(
        run(&owned, THREE, &good, &good),
        Err(Error::OwnerOutOfRange { uid: 3, neurons: 3 })
    );
}

#[test]
fn there_are_at_most_2_to_the_15_neurons() {
    let stake = vec![1; Epoch::MAX_NEURONS + 1];
    let empty = SparseMatrix::new();
    let error = Error::TooManyNeurons {
        found: 32769,
        limit: 32768,
    };
    assert_eq!(
        run(&params(), Neurons { stake: &stake, ..THREE }, &empty, &empty),
        Err(error)
    );
}

#[test]
fn a_subnet_without_neurons_has_an_empty_outcome() {
    let nobody = Neurons {
        stake: &[],
        last_update: &[],
        registered_at: &[],
        permits: &[],
        earliest_commit: &[],
    };
    assert_eq!(
        run(&params(), nobody, &SparseMatrix::new(), &SparseMatrix::new()),
        Ok(Outcome::default())
    );
}

#[test]
fn errors_say_what_was_expected_and_found() {
    let error = Error::LengthMismatch {
        input: Input::Permits,
        expected: 3,
        found: 2,
    };
    assert_eq!(error.to_string(), "permits: expected 3 rows, one per neuron, found 2");
}

#[test]
fn the_activity_cutoff_grows_with_the_tempo_and_is_never_zero() {
    assert_eq!(activity_cutoff(13_889, 360), 5000);
    assert_eq!(activity_cutoff(13_889, 0), 1);
    assert_eq!(activity_cutoff(0, 360), 1);
    assert_eq!(activity_cutoff(u32::MAX, u64::MAX), u64::MAX);
}

#[test]
fn rows_can_be_read_back_and_filled_up() {
    let mut matrix = rows(&[&[(2, 7), (0, 0)], &[]]);
    matrix.fill_rows(4);
    matrix.fill_rows(1);
    assert_eq!((matrix.rows(), matrix.entries()), (4, 2));
    let row = |index| matrix.row(index).collect::<Vec<_>>();
    assert_eq!(row(0), [(2, 7), (0, 0)]);
    assert_eq!((row(3), row(99)), (vec![], vec![]));
    assert_eq!(matrix.packed(0), [pack(2, 7), pack(0, 0)]);
    assert_eq!(matrix.iter().map(|row| row.len()).sum::<usize>(), 2);
}

#[test]
fn a_packed_entry_has_the_bytes_of_its_two_numbers() {
    let entry = pack(0x0102, 0x0304);
    assert_eq!(entry.to_le_bytes(), [2, 1, 4, 3]);
    assert_eq!(unpack(entry), (0x0102, 0x0304));
}
