import Glibc
@testable import LocalServers
import TestSupport
import Testing

struct `A server's log` {
    @Test func `moves aside when it has grown, and the server goes on in the emptied one`() async throws {
        try await withScratchFolder { folder in
            let log = ServerLog(path: "\(folder)/log", limit: 10)
            let server = try log.openForAppending()
            defer { close(server) }
            append("0123456789", to: server)
            log.rotateIfLarge()
            #expect(Files.read(log.path) == "0123456789")
            append("\nlast words\n", to: server)
            log.rotateIfLarge()
            append("more\n", to: server)
            #expect(Files.read(log.path + ".1") == "ast words\n")
            #expect(Files.read(log.path) == "more\n")
            #expect(log.tail(from: 0) == "more")
        }
    }

    /// The folder is that of the server's account, and who empties the log can be root.
    @Test(arguments: ["a symbolic link", "a second name"])
    func `does not read or empty what its name was made to lead to`(_ kind: String) async throws {
        try await withScratchFolder { folder in
            try Files.write("a secret of root's", to: "\(folder)/victim")
            let log = ServerLog(path: "\(folder)/log", limit: 10)
            let lead = kind == "a second name" ? link : symlink
            #expect(lead("\(folder)/victim", log.path) == 0)
            log.rotateIfLarge()
            #expect(Files.read("\(folder)/victim") == "a secret of root's")
            #expect(!Files.exists(log.path + ".1"))
            #expect(log.tail(from: 0) == "")
        }
    }

    @Test func `is not written through a draft that somebody else has put there`() async throws {
        try await withScratchFolder { folder in
            try Files.write("a secret of root's", to: "\(folder)/victim")
            let log = ServerLog(path: "\(folder)/log", limit: 10)
            #expect(link("\(folder)/victim", log.path + ".1.new") == 0)
            let server = try log.openForAppending()
            defer { close(server) }
            append("0123456789a", to: server)
            log.rotateIfLarge()
            #expect(Files.read("\(folder)/victim") == "a secret of root's")
            #expect(Files.read(log.path + ".1") == "123456789a")
        }
    }

    private func append(_ text: String, to descriptor: Int32) {
        #expect(write(descriptor, text, text.utf8.count) == text.utf8.count)
    }
}
