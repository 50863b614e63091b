//! Runs that are under way at the same time.

use super::{Output, RunError, Session};
use crate::plan::PlanOptions;
use crate::tensor::Tensor;
use crate::testing::{Network, Ready, engine, ramp, tensor};

/// A product on the device, a remainder on the host, and an activation on the device again.
fn network(ends_on_host: bool) -> Ready {
    let mut network = Network::default();
    let x = network.input(ramp(&[3, 4]));
    let weights = network.constant(ramp(&[4, 5]));
    let product = network.node("MatMul", &[x, weights]);
    let seven = network.number(0.7);
    let fmod = crate::model::Attributes::default().with("fmod", crate::model::Attribute::Int(1));
    let rest = network.node_with("Mod", &[product, seven], fmod);
    network.output(product);
    network.output(rest);
    if !ends_on_host {
        let last = network.node("Tanh", &[rest]);
        network.output(last);
    }
    network.finish()
}

fn batch(number: usize) -> Vec<Tensor> {
    let elements: Vec<f32> = (0..12).map(|i| (i * (number + 1)) as f32 * 0.1 - 0.5).collect();
    vec![tensor(&[3, 4], elements)]
}

fn session(ready: &Ready) -> Session {
    Session::with_options(engine(), ready.model(), PlanOptions::default())
}

#[test]
fn runs_under_way_together_give_what_they_give_alone() {
    for ends_on_host in [false, true] {
        let ready = network(ends_on_host);
        let mut session = session(&ready);
        let alone: Vec<Vec<Output>> = (0..4)
            .map(|number| session.run(&batch(number)).expect("runs"))
            .collect();
        let mut under_way = Vec::new();
        for number in 0..4 {
            under_way.push(session.start(&batch(number)).expect("begins"));
        }
        // One is given up, the others are finished last come, first served.
        drop(under_way.remove(1));
        let mut finished = Vec::new();
        while let Some(running) = under_way.pop() {
            finished.push(session.finish(running).expect("ends"));
        }
        assert_eq!(finished, [alone[3].clone(), alone[2].clone(), alone[0].clone()]);
        assert_eq!(session.run(&batch(1)).expect("runs"), alone[1]);
    }
}

#[test]
fn a_stream_keeps_the_order_and_stops_at_the_first_error() {
    let ready = network(false);
    let mut session = session(&ready);
    let alone: Vec<Vec<Output>> = (0..5)
        .map(|number| session.run(&batch(number)).expect("runs"))
        .collect();
    let mut seen = Vec::new();
    let batches = (0..5).map(|number| Ok((number, batch(number))));
    let streamed: Result<(), RunError> = session.stream(batches, |number, outputs| {
        assert_eq!(outputs?, alone[number]);
        seen.push(number);
        Ok(())
    });
    streamed.expect("all run");
    assert_eq!(seen, [0, 1, 2, 3, 4]);
    let batches = [
        Ok((0, batch(0))),
        Err(RunError::NotTensor("broken".into())),
        Ok((2, batch(2))),
    ];
    let mut taken = Vec::new();
    let failed = session.stream(batches, |number, outputs| {
        taken.push((number, outputs?));
        Ok(())
    });
    assert!(matches!(failed, Err(RunError::NotTensor(name)) if name == "broken"));
    assert_eq!(
        taken,
        [(0, alone[0].clone())],
        "what was under way is taken, nothing after it is begun"
    );
}

#[test]
fn a_batch_that_fails_fails_in_its_turn() {
    let ready = network(false);
    let mut session = session(&ready);
    let batches = [
        Ok(("fits", batch(0))),
        Ok(("lacks its input", Vec::new())),
        Ok(("fits", batch(2))),
    ];
    let mut seen = Vec::new();
    let failed: Result<(), RunError> = session.stream(batches, |what, outputs| {
        seen.push((what, outputs.is_ok()));
        outputs.map(|_| ())
    });
    assert!(matches!(failed, Err(RunError::Plan(_))));
    assert_eq!(seen, [("fits", true), ("lacks its input", false)]);
}
