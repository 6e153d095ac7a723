package import ServiceRuntime

extension Caller {
    /// Whether the caller may do this.
    ///
    /// An admin may do everything (blueprint §9).
    package func has(_ scope: Scopes) -> Bool {
        scopes.contains(.admin) || scopes.isSuperset(of: scope)
    }

    /// The workspace a request is about.
    ///
    /// A key that is bound to a workspace works in that one and may name no other; the others must name one.
    ///
    /// - Returns: The workspace, or nil when the key is not bound and none was named.
    /// - Throws: ``AccessRefusal/workspace``.
    package func workspace(naming requested: String?) throws(AccessRefusal) -> String? {
        guard let bound = workspace else { return requested }
        guard let requested, requested != bound else { return bound }
        throw .workspace
    }
}
