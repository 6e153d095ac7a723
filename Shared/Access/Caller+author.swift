package import Domain
package import ServiceRuntime

extension Caller {
    /// Who signs what the request changes, with where it came from.
    package func author(in context: OliverRequestContext) -> Author {
        Author(
            principal.kind == .key ? .key : .person,
            id: principal.id,
            name: principal.name.isEmpty ? nil : principal.name,
            address: context.address,
            requestID: context.requestID
        )
    }
}
