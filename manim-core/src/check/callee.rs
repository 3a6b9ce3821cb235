//! What a call calls, when that is certain, and which parameter each argument fills.

use std::collections::HashMap;
use std::rc::Rc;

use ruff_python_ast::{Expr, ExprCall};

use super::infer::Ty;
use super::lineage::{ClassRef, Lineage};
use super::model::{ScopeId, Site};
use super::rules::Look;
use super::signature::{Holds, Parameter, Signature, Words};
use super::table::{Member, table};

/// Something of Manim that is called.
pub(super) struct Callee {
    /// As a person would write it.
    pub(super) name: String,
    pub(super) signature: Signature,
    pub(super) words: Words,
    /// The class made, when it is a constructor.
    pub(super) makes: Option<&'static str>,
    /// Where the values of `*args` go on to.
    onwards: Option<Signature>,
}

/// Callees by what is called, and by its last word.
pub(super) type Callees<'a> = HashMap<(Ty, &'a str), Option<Rc<Callee>>>;

/// An argument and what its parameter holds.
pub(super) struct Argument<'a> {
    pub(super) value: &'a Expr,
    pub(super) holds: Holds,
    /// Whether the callee is known, not only its name.
    pub(super) certain: bool,
}

impl Callee {
    pub(super) fn of<'a>(look: &Look<'_, 'a>, call: &'a ExprCall, scope: ScopeId) -> Option<Rc<Self>> {
        let ty = look.infer.ty(&call.func, scope);
        let word = call
            .func
            .as_attribute_expr()
            .map_or("", |attribute| attribute.attr.as_str());
        if matches!(ty, Ty::Unknown) {
            return None;
        }
        if let Some(known) = look.callees.borrow().get(&(ty, word)) {
            return known.clone();
        }
        let callee = Self::read(look, call, ty).map(Rc::new);
        look.callees.borrow_mut().insert((ty, word), callee.clone());
        callee
    }

    fn read<'a>(look: &Look<'_, 'a>, call: &'a ExprCall, ty: Ty) -> Option<Self> {
        match ty {
            Ty::Class(class) => Self::constructor(look, class),
            Ty::Function(name) => Self::function(name),
            Ty::Method { class, name, .. } => Self::method(look.infer.lineage(class)?.as_ref(), name),
            Ty::BuilderMethod { class, .. } => {
                let name = call.func.as_attribute_expr()?.attr.as_str();
                let lineage = look.infer.lineage(class)?;
                let own = look.model.given.contains(name);
                (!own).then(|| Self::method(&lineage, name)).flatten()
            }
            _ => None,
        }
    }

    fn constructor<'a>(look: &Look<'_, 'a>, class: ClassRef) -> Option<Self> {
        let lineage = look.infer.lineage(class)?;
        let own = |user: &usize| {
            let user = &look.model.classes[*user];
            user.members.contains("__init__")
                || user.members.contains("__new__")
                || user.node.bases().len() != 1
        };
        let base = lineage.manim.first().copied()?;
        if lineage.users.iter().any(own) || !calls_like_init(base) {
            return None;
        }
        let (index, signature) = table().definer(&lineage.manim, 0, "__init__")?;
        let onwards = table()
            .definer(&lineage.manim, index + 1, "__init__")
            .map(|(_, next)| next);
        Some(Self {
            name: base.to_owned(),
            signature,
            words: Words::of_method(&lineage.manim, "__init__"),
            makes: Some(base),
            onwards,
        })
    }

    fn function(name: &str) -> Option<Self> {
        let signature = table().function(name)?;
        Some(Self {
            name: name.to_owned(),
            words: Words::of_function(&signature),
            signature,
            makes: None,
            onwards: None,
        })
    }

    fn method(lineage: &Lineage, name: &str) -> Option<Self> {
        let Member::Method { owner, signature, .. } = table().member(&lineage.manim, name)? else {
            return None;
        };
        Some(Self {
            name: format!("{owner}.{name}"),
            words: Words::of_method(&lineage.manim, name),
            signature,
            makes: None,
            onwards: None,
        })
    }

    /// The parameter at a place, through `*args` to the next constructor.
    pub(super) fn at(&self, place: usize) -> Option<&Parameter> {
        let own = self.signature.at(place)?;
        let passed_on = own.name == "args" && self.signature.positional().next().is_none();
        match &self.onwards {
            Some(next) if passed_on => next.at(place),
            _ => Some(own),
        }
    }

    /// The signature as a person writes it.
    pub(super) fn display(&self) -> String {
        self.signature.display(&self.name)
    }
}

/// Enumerations and classes of Manim's command line are called otherwise.
fn calls_like_init(class: &str) -> bool {
    table().class(class).is_some_and(|class| !class.open)
}

/// The arguments of a call with what they hold. For a receiver that is not known, by the
/// method's name on any mobject: right for a mend that can only help, not for a complaint.
pub(super) fn arguments_of<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprCall>) -> Vec<Argument<'a>> {
    let call = site.node;
    let known = Callee::of(look, call, site.scope);
    let certain = known.is_some();
    match known.or_else(|| guessed(look, call, site.scope)) {
        Some(callee) => filled(&callee, call, certain),
        None => Vec::new(),
    }
}

fn guessed<'a>(look: &Look<'_, 'a>, call: &'a ExprCall, scope: ScopeId) -> Option<Rc<Callee>> {
    let attribute = call.func.as_attribute_expr()?;
    let name = attribute.attr.as_str();
    let receiver = look.infer.ty(&attribute.value, scope);
    if receiver != Ty::Unknown || look.model.given.contains(name) {
        return None;
    }
    if let Some(known) = look.callees.borrow().get(&(Ty::Unknown, name)) {
        return known.clone();
    }
    let lineage = look.infer.lineage(ClassRef::Manim("VMobject"))?;
    let callee = Callee::method(&lineage, name).map(Rc::new);
    look.callees
        .borrow_mut()
        .insert((Ty::Unknown, name), callee.clone());
    callee
}

fn filled<'a>(callee: &Callee, call: &'a ExprCall, certain: bool) -> Vec<Argument<'a>> {
    let mut found = Vec::new();
    for (place, value) in call.arguments.args.iter().enumerate() {
        let Some(parameter) = callee.at(place) else { break };
        match value {
            Expr::Starred(starred) => {
                let each = (parameter.holds == Holds::Point).then_some(Holds::Points);
                found.extend(each.map(|holds| Argument {
                    value: &starred.value,
                    holds,
                    certain,
                }));
                break;
            }
            value => found.push(Argument {
                value,
                holds: parameter.holds,
                certain,
            }),
        }
    }
    for keyword in &call.arguments.keywords {
        let parameter = keyword.arg.as_ref().and_then(|word| callee.words.named(word));
        found.extend(parameter.map(|parameter| Argument {
            value: &keyword.value,
            holds: parameter.holds,
            certain,
        }));
    }
    found
}
