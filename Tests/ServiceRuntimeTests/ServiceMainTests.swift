import ArgumentParser
import Testing

@testable import ServiceRuntime

@Suite struct `A service's command line` {
    @Test func `calls itself by the service's name in its help`() {
        let help = ServiceMain.renamed(OliverExecutableOptions.helpMessage(), to: "pricing")
        #expect(help.hasPrefix("USAGE: pricing ["))
        #expect(!help.contains("executable"))
    }
}
