//! Which code certainly runs when a scene is played. Only there is a mistake an error: a
//! film must not be refused for a helper that nothing calls.

use std::collections::HashMap;

use super::model::{Model, ScopeId, ScopeKind, Site};

/// Manim calls these on the scene itself.
const ENTRIES: [&str; 4] = ["__init__", "setup", "construct", "tear_down"];

#[derive(Debug)]
pub(super) struct Reach {
    reached: Vec<bool>,
}

impl Reach {
    /// What runs when `scene` (the last scene class, if none is named) is played.
    pub(super) fn of(model: &Model<'_>, scene: Option<&str>) -> Self {
        let mut search = Search::new(model);
        if let Some(scene) = scene {
            search.enter(scene);
        }
        while search.spread() {}
        Self {
            reached: search.reached,
        }
    }

    /// Whether the place is certainly run.
    pub(super) fn is_certain<T>(&self, site: &Site<'_, T>) -> bool {
        site.sure && self.reached[site.scope]
    }
}

struct Search<'m, 'a> {
    model: &'m Model<'a>,
    reached: Vec<bool>,
    functions: HashMap<&'a str, Vec<ScopeId>>,
    methods: HashMap<&'a str, Vec<ScopeId>>,
}

impl<'m, 'a> Search<'m, 'a> {
    fn new(model: &'m Model<'a>) -> Self {
        let mut functions: HashMap<&str, Vec<ScopeId>> = HashMap::new();
        let mut methods: HashMap<&str, Vec<ScopeId>> = HashMap::new();
        for (id, scope) in model.scopes.iter().enumerate() {
            let Some(function) = scope.function else { continue };
            let of_class = scope
                .parent
                .is_some_and(|parent| matches!(model.scopes[parent].kind, ScopeKind::Class(_)));
            let index = if of_class { &mut methods } else { &mut functions };
            index.entry(function.name.as_str()).or_default().push(id);
        }
        Self {
            model,
            reached: vec![false; model.scopes.len()],
            functions,
            methods,
        }
    }

    /// Enters a scene class, and those of its bases that the source defines.
    fn enter(&mut self, name: &str) {
        let mut left: Vec<&str> = vec![name];
        let mut seen = Vec::new();
        while let Some(name) = left.pop() {
            let found = self
                .model
                .classes
                .iter()
                .find(|class| class.node.name.as_str() == name);
            let Some(class) = found.filter(|class| !seen.contains(&class.body)) else {
                continue;
            };
            seen.push(class.body);
            for entry in ENTRIES {
                self.mark_method(class.body, entry);
            }
            left.extend(
                class
                    .node
                    .bases()
                    .iter()
                    .filter_map(|base| base.as_name_expr())
                    .map(|base| base.id.as_str()),
            );
        }
    }

    fn mark_method(&mut self, class_body: ScopeId, name: &str) {
        for &id in self.methods.get(name).into_iter().flatten() {
            if self.model.scopes[id].parent == Some(class_body) {
                self.reached[id] = true;
            }
        }
    }

    /// Marks what the reached code mentions. Whether anything was new.
    fn spread(&mut self) -> bool {
        let before = self.reached.iter().filter(|reached| **reached).count();
        self.flow_inwards();
        let model = self.model;
        for site in &model.names {
            if site.sure && self.reached[site.scope] {
                self.mention(site.node.id.as_str());
            }
        }
        for attribute in &model.attributes {
            if attribute.site.sure && self.reached[attribute.site.scope] {
                self.mark_all(attribute.site.node.attr.as_str());
            }
        }
        before != self.reached.iter().filter(|reached| **reached).count()
    }

    /// Bodies of classes and lambdas run where they stand.
    fn flow_inwards(&mut self) {
        for (id, scope) in self.model.scopes.iter().enumerate() {
            let stands = scope.parent.is_none_or(|parent| self.reached[parent]);
            self.reached[id] |= scope.function.is_none() && scope.runs && stands;
        }
    }

    fn mention(&mut self, name: &str) {
        for &id in self.functions.get(name).into_iter().flatten() {
            self.reached[id] = true;
        }
        let model = self.model;
        for class in model
            .classes
            .iter()
            .filter(|class| class.node.name.as_str() == name)
        {
            self.mark_method(class.body, "__init__");
        }
    }

    fn mark_all(&mut self, method: &str) {
        for &id in self.methods.get(method).into_iter().flatten() {
            self.reached[id] = true;
        }
    }
}
