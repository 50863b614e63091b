//! One place that says what every shared type derives.

/// Declares shared data types with the derives that each side needs: SCALE always, type information with `std`, storage layout with
/// `ink`.
macro_rules! shared {
    ($($(#[$meta:meta])* pub $kind:ident $name:ident $body:tt)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, scale::Encode, scale::Decode)]
        #[cfg_attr(feature = "std", derive(scale_info::TypeInfo))]
        #[cfg_attr(all(feature = "std", feature = "ink"), derive(ink::storage::traits::StorageLayout))]
        pub $kind $name $body
    )*};
}

/// Declares a number with a meaning: a newtype with the encoding of what it wraps.
macro_rules! number {
    ($($(#[$meta:meta])* pub struct $name:ident($inner:ty);)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, scale::Encode, scale::Decode)]
        #[cfg_attr(feature = "std", derive(scale_info::TypeInfo))]
        #[cfg_attr(all(feature = "std", feature = "ink"), derive(ink::storage::traits::StorageLayout))]
        pub struct $name(pub $inner);

        impl From<$inner> for $name {
            fn from(value: $inner) -> Self {
                Self(value)
            }
        }
    )*};
}

/// Declares what a contract reports: an ink! event where that contract is built (its feature comes first), plain SCALE data elsewhere.
/// A field after `[topic]` can be searched for.
macro_rules! events {
    ($feature:literal $(
        $(#[$meta:meta])*
        pub struct $name:ident { $($(#[$field_meta:meta])* $([$topic:ident])? $field:ident: $type:ty,)* }
    )*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, scale::Encode, scale::Decode)]
        #[cfg_attr(feature = "std", derive(scale_info::TypeInfo))]
        #[cfg_attr(feature = $feature, derive(ink::Event))]
        #[cfg_attr(all(feature = "std", feature = $feature), derive(ink::EventMetadata))]
        pub struct $name {
            $($(#[$field_meta])* $(#[cfg_attr(feature = $feature, ink($topic))])? pub $field: $type,)*
        }

        impl $crate::events::Event for $name {
            const SIGNATURE: &'static str = $crate::macros::signature!($name: $($type),*);
        }
    )*};
}

/// The text of an event's signature, as ink! writes it.
macro_rules! signature {
    ($name:ident: $first:ty $(, $rest:ty)*) => {
        concat!(stringify!($name), "(", stringify!($first), $(",", stringify!($rest),)* ")")
    };
}

pub(crate) use {events, number, shared, signature};
