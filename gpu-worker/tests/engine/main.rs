//! The engine from outside: real models, hostile ones, and the command line. One program, so that all share one device and one link.

mod bench;
mod common;
mod conformance;
mod evaluation;
mod hostile;
mod reference;
