import Pricing
import ServiceRuntime
import Testing

/// The settings that choose a catalogue and its plans.
@Suite struct SettingsTests {
    @Test func `plans are a list of provider and plan`() {
        let reader = SettingsReader(values: ["plans": "elevenlabs=api, Other=Gold", "catalogue": "/etc/prices.yaml"])
        let settings = PricingConfiguration(reader: reader)
        #expect(settings.plans == ["elevenlabs": "api", "other": "gold"])
        #expect(settings.catalogue == "/etc/prices.yaml")
        #expect(reader.problems.isEmpty)
    }

    @Test(arguments: ["elevenlabs", "elevenlabs=", "=api", "a=b=c", "a=b,a=c"])
    func `what is no such list is a problem`(_ plans: String) {
        let reader = SettingsReader(values: ["plans": plans])
        _ = PricingConfiguration(reader: reader)
        #expect(reader.problems.map(\.setting) == ["OLIVER_PLANS"])
    }
}
