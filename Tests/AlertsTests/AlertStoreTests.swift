@testable import Alerts
import Testing

@Suite(.timeLimit(.minutes(2))) struct AlertStoreTests {
    @Test(arguments: StoreKind.allCases) func `one row for each budget, value, period, threshold and limit version`(
        _ kind: StoreKind
    ) async throws {
        try await kind.with { try await $0.tellsOnce() }
    }

    @Test(arguments: StoreKind.allCases) func `keeps what was found, and lists it`(_ kind: StoreKind) async throws {
        try await kind.with { try await $0.keepsWhatWasFound() }
    }

    @Test(arguments: StoreKind.allCases) func `puts what belongs together into one message`(
        _ kind: StoreKind
    ) async throws {
        try await kind.with { try await $0.putsWhatBelongsTogetherIntoOneMessage() }
    }

    @Test(arguments: StoreKind.allCases) func `tries the same message again`(_ kind: StoreKind) async throws {
        try await kind.with { try await $0.triesTheSameMessageAgain() }
    }

    @Test(arguments: StoreKind.allCases) func `takes over from a replica that died, and counts it`(
        _ kind: StoreKind
    ) async throws {
        try await kind.with { try await $0.takesOverFromTheDead() }
    }

    @Test(arguments: StoreKind.allCases) func `gives up on the refused at once and on the busy after a day`(
        _ kind: StoreKind
    ) async throws {
        try await kind.with { try await $0.givesUp() }
    }

    @Test(arguments: StoreKind.allCases) func `makes digests of floods`(_ kind: StoreKind) async throws {
        try await kind.with { try await $0.makesDigestsOfFloods() }
    }

    @Test(arguments: StoreKind.allCases) func `keeps in the log what cannot be delivered`(
        _ kind: StoreKind
    ) async throws {
        try await kind.with { try await $0.leavesWhatCannotBeDelivered() }
    }

    @Test(arguments: StoreKind.allCases) func `adds and claims once at any concurrency`(
        _ kind: StoreKind
    ) async throws {
        try await kind.with { try await $0.claimsAtAnyConcurrency() }
    }

    @Test(arguments: StoreKind.allCases) func `keeps channels, and gives up what goes to removed ones`(
        _ kind: StoreKind
    ) async throws {
        try await kind.with { try await $0.keepsChannels() }
    }
}
