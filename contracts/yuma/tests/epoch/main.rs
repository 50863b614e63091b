//! The epoch on random subnets: against an independent implementation, and for what must hold of any.

mod cases;
mod cuts;
mod differential;
mod numbers;
mod properties;
mod reference;
