import Directory
import Testing

@Suite struct InMemoryDirectoryStoreTests {
    let store = InMemoryDirectoryStore()
    var contract: DirectoryStoreContract { DirectoryStoreContract(store: store) }

    @Test func `keeps workspaces`() async throws { try await contract.keepsWorkspaces() }
    @Test func `keeps keys and revokes them once`() async throws { try await contract.keepsKeys() }
    @Test func `counts changes so that a copy loads only those`() async throws { try await contract.countsChanges() }
    @Test func `writes uses without a new version`() async throws { try await contract.writesUses() }
    @Test func `creates, updates and leaves alone what is upserted`() async throws { try await contract.upserts() }
    @Test func `makes mirrors once and never renames`() async throws { try await contract.mirrors() }
    @Test func `makes the first workspace and key once`() async throws { try await contract.bootstraps() }
    @Test func `rotates keys with a grace`() async throws { try await contract.rotatesKeys() }
    @Test func `edits from a version`() async throws { try await contract.editsFromAVersion() }
    @Test func `tells the audit log of each change, once`() async throws {
        try await contract.audits { store.audited.map(\.action) }
    }
    @Test func `gives each change its version at any concurrency`() async throws {
        try await contract.hasOneVersionPerChangeAtAnyConcurrency()
    }
}
