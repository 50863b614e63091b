//! What stands where content would be: nothing there yet, something wrong, still loading.

use super::{Icon, Symbol};
use yew::prelude::*;

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// There is nothing, and that is fine.
    Empty,
    /// Something went wrong.
    Error,
    /// The node does not answer.
    Offline,
}

/// Properties of [`Notice`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// What it is about.
    pub kind: NoticeKind,
    /// What is the matter.
    pub title: AttrValue,
    /// Why, and what to do.
    #[prop_or_default]
    pub text: AttrValue,
    /// What can be done here.
    #[prop_or_default]
    pub children: Html,
}

/// A message in place of content.
#[function_component]
pub fn Notice(props: &Props) -> Html {
    let (class, role, symbol) = match props.kind {
        NoticeKind::Empty => ("notice", None, Symbol::Box),
        NoticeKind::Error => ("notice is-error", Some("alert"), Symbol::Alert),
        NoticeKind::Offline => ("notice is-error", Some("alert"), Symbol::Unplugged),
    };
    html! {
        <div {class} {role}>
            <Icon {symbol} />
            <p class="notice-title">{ props.title.clone() }</p>
            if !props.text.is_empty() {
                <p>{ props.text.clone() }</p>
            }
            <div class="actions">{ props.children.clone() }</div>
        </div>
    }
}

/// Properties of [`Skeleton`].
#[derive(PartialEq, Properties)]
pub struct SkeletonProps {
    /// How many lines will be there.
    #[prop_or(4)]
    pub lines: usize,
}

/// Lines that will be there in a moment.
#[function_component]
pub fn Skeleton(props: &SkeletonProps) -> Html {
    html! {
        <div class="skeleton" role="status" aria-label="Loading">
            for line in 0..props.lines {
                <span key={line} />
            }
        </div>
    }
}
