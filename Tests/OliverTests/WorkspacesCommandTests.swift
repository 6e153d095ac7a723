import ArgumentParser
import Directory
import ServiceRuntime
import Testing

@testable import OliverCommands

@Suite struct `Commands about workspaces` {
    @Test func `set what is given, and nothing else`() throws {
        let arguments = ["acme", "--week-start", "7", "--fail-mode", "closed", "--retention-months", "0", "--hidden"]
        var edit = WorkspaceEdit()
        edit.weekStart = 7
        edit.failMode = .closed
        edit.retentionMonths = .some(nil)
        edit.isHidden = true
        #expect(try WorkspacesCommand.Set.parse(arguments).settings.edit == edit)
        #expect(try WorkspacesCommand.Create.parse(["acme"]).settings.edit == WorkspaceEdit())
    }

    @Test(arguments: [
        ("--time-zone", "Mars/Olympus"), ("--week-start", "8"), ("--fiscal-year-start", "0"), ("--currency", "euro"),
        ("--retention-months", "1201"), ("--name", ""),
    ])
    func `name the option that no workspace can have`(_ option: String, _ value: String) {
        do {
            _ = try WorkspacesCommand.Set.parse(["acme", option, value])
            Issue.record("it was taken")
        } catch {
            #expect(WorkspacesCommand.message(for: error).hasPrefix("\(option) must "))
        }
    }
}
