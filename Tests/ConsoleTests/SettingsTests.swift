import Console
import ServiceRuntime
import Testing

@Suite struct SettingsTests {
    private func settings(_ environment: [String: String]) async -> ConsoleConfiguration {
        let reader = await SettingsReader.load(environment: environment, file: nil)
        return ConsoleConfiguration(reader: reader.scoped(to: "console"))
    }

    @Test func `the defaults are valid`() async {
        let settings = await settings([:])
        #expect(settings.validate().isEmpty)
        #expect(settings.publicURL == "http://127.0.0.1:8080")
    }

    @Test func `the public URL has no slash at its end`() async {
        let settings = await settings(["OLIVER_CONSOLE_PUBLIC_URL": "https://oliver.example.com/"])
        #expect(settings.publicURL == "https://oliver.example.com")
    }

    @Test(arguments: ["oliver.example.com", "https://", "http://a b", "http://a\"b"])
    func `a public URL that is none is a problem`(_ url: String) async {
        let settings = await settings(["OLIVER_CONSOLE_PUBLIC_URL": url])
        #expect(settings.validate().count == 1)
    }

    @Test func `a probe needs a key`() async {
        let keyless = await settings(["OLIVER_CONSOLE_PROBE_URL": "http://gateway:8080/"])
        #expect(keyless.probeURL == "http://gateway:8080")
        #expect(keyless.validate().map(\.description).contains { $0.contains("OLIVER_CONSOLE_PROBE_KEY") })
        let whole = await settings([
            "OLIVER_CONSOLE_PROBE_URL": "http://gateway:8080", "OLIVER_CONSOLE_PROBE_KEY": "olv_x",
        ])
        #expect(whole.validate().isEmpty)
    }
}
