import Directory
import Domain
import ServiceRuntime
import Testing

@Suite struct WorkspaceEditTests {
    private let before: Workspace = {
        var workspace = Workspace(
            id: "acme",
            name: "Acme",
            timeZone: "Asia/Kathmandu",
            weekStart: 7,
            fiscalYearStart: 4,
            currency: "EUR",
            failMode: .closed,
            unpricedMode: .estimate,
            retentionMonths: 24,
            createdAt: Timestamp(seconds: 1_800_000_000)
        )
        workspace.isHidden = true
        return workspace
    }()

    @Test func `what is not given stays`() {
        var workspace = before
        WorkspaceEdit().apply(to: &workspace)
        #expect(workspace == before)
        #expect(WorkspaceEdit().flaws.isEmpty)
    }

    @Test func `what is given is set`() {
        var edit = WorkspaceEdit()
        edit.name = "Acme Inc"
        edit.timeZone = "Europe/Berlin"
        edit.weekStart = 1
        edit.fiscalYearStart = 1
        edit.currency = "USD"
        edit.failMode = .open
        edit.unpricedMode = .allow
        edit.isHidden = false
        edit.retentionMonths = 12
        #expect(edit.flaws.isEmpty)
        var workspace = before
        edit.apply(to: &workspace)
        let wanted = Workspace(
            id: "acme",
            name: "Acme Inc",
            timeZone: "Europe/Berlin",
            unpricedMode: .allow,
            retentionMonths: 12,
            createdAt: before.createdAt
        )
        #expect(workspace == wanted)
        edit.retentionMonths = .some(nil)
        edit.apply(to: &workspace)
        #expect(workspace.retentionMonths == nil)
    }

    @Test func `each setting that no workspace can have is named`() {
        var edit = WorkspaceEdit()
        edit.name = ""
        edit.timeZone = "Mars/Olympus"
        edit.weekStart = 8
        edit.fiscalYearStart = 0
        edit.currency = "euro"
        edit.retentionMonths = 0
        let names = ["name", "week_start", "fiscal_year_start", "currency", "retention_months", "time_zone"]
        #expect(edit.flaws.map(\.name) == names)
        edit = WorkspaceEdit()
        edit.timeZone = ""
        #expect(edit.flaws.map(\.name) == ["time_zone"])
    }
}
