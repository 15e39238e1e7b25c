//! Short ways to say which node is expected.

use journey_sdk::{Callback, ContinueNode, ErrorNode, Node, SuccessNode};

use crate::suite::world::Person;

pub(super) fn asked(node: Node) -> ContinueNode {
    match node {
        Node::Continue(step) => step,
        other => panic!("a step was expected, and not {other:?}"),
    }
}

pub(super) fn refused(node: Node) -> ErrorNode {
    match node {
        Node::Error(refused) => refused,
        other => panic!("an error was expected, and not {other:?}"),
    }
}

pub(super) fn succeeded(node: Node) -> SuccessNode {
    match node {
        Node::Success(success) => success,
        other => panic!("a success was expected, and not {other:?}"),
    }
}

/// Answers a page that asks for name and password, and nothing else.
pub(crate) fn fill_in(step: &mut ContinueNode, person: &Person) {
    let mut kinds = (0, 0);
    for callback in step.callbacks_mut() {
        match callback {
            Callback::Name(name) => {
                name.set_name(&person.name);
                kinds.0 += 1;
            }
            Callback::Password(password) => {
                password.set_password(person.password);
                kinds.1 += 1;
            }
            other => panic!("nobody expected {other:?}"),
        }
    }
    assert_eq!(kinds, (1, 1), "a name and a password");
}
