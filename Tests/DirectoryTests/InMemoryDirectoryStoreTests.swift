import Directory
import Testing

@Suite struct InMemoryDirectoryStoreTests {
    let contract = DirectoryStoreContract(store: InMemoryDirectoryStore())

    @Test func `keeps workspaces`() async throws { try await contract.keepsWorkspaces() }
    @Test func `keeps keys and revokes them once`() async throws { try await contract.keepsKeys() }
    @Test func `counts changes so that a copy loads only those`() async throws { try await contract.countsChanges() }
    @Test func `writes uses without a new version`() async throws { try await contract.writesUses() }
    @Test func `creates, updates and leaves alone what is upserted`() async throws { try await contract.upserts() }
    @Test func `makes mirrors once and never renames`() async throws { try await contract.mirrors() }
    @Test func `makes the first workspace and key once`() async throws { try await contract.bootstraps() }
    @Test func `gives each change its version at any concurrency`() async throws {
        try await contract.hasOneVersionPerChangeAtAnyConcurrency()
    }
}
