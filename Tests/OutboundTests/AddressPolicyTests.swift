import Outbound
import Testing

@Suite struct AddressPolicyTests {
    @Test(
        arguments: [
            [127, 0, 0, 1], [10, 1, 2, 3], [172, 16, 0, 1], [172, 31, 255, 255], [192, 168, 1, 1],
            [169, 254, 169, 254],
            [100, 64, 0, 1], [0, 0, 0, 0], [224, 0, 0, 1], [255, 255, 255, 255], [198, 18, 0, 1], [192, 0, 2, 1],
            [203, 0, 113, 9], [240, 0, 0, 1],
        ] as [[UInt8]]
    )
    func `refuses what is not public`(_ address: [UInt8]) {
        #expect(!AddressPolicy.publicOnly.allows(ipv4: address))
        #expect(AddressPolicy.any.allows(ipv4: address))
        // The same in IPv6's disguises: mapped, translated, 6to4.
        let zeros = [UInt8](repeating: 0, count: 10)
        #expect(!AddressPolicy.publicOnly.allows(ipv6: zeros + [0xFF, 0xFF] + address))
        #expect(!AddressPolicy.publicOnly.allows(ipv6: [0, 0x64, 0xFF, 0x9B] + zeros.dropLast(2) + address))
        #expect(!AddressPolicy.publicOnly.allows(ipv6: [0x20, 0x02] + address + zeros))
    }

    @Test(
        arguments: [
            [1, 1, 1, 1], [8, 8, 8, 8], [172, 32, 0, 1], [100, 128, 0, 1], [192, 169, 0, 1], [223, 1, 1, 1],
        ] as [[UInt8]]
    )
    func `allows what is public`(_ address: [UInt8]) {
        #expect(AddressPolicy.publicOnly.allows(ipv4: address))
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + address
        #expect(AddressPolicy.publicOnly.allows(ipv6: mapped))
    }

    @Test func `knows IPv6's own ranges`() {
        func starting(_ bytes: UInt8...) -> [UInt8] { bytes + [UInt8](repeating: 1, count: 16 - bytes.count) }
        let loopback = [UInt8](repeating: 0, count: 15) + [1]
        let refused = [
            loopback, starting(0xFC), starting(0xFD), starting(0xFE, 0x80), starting(0xFF, 0x02),
            starting(0x20, 0x01, 0x0D, 0xB8), starting(0x20, 0x01, 0, 0), starting(0x3F, 0xFF, 0x01),
        ]
        for address in refused { #expect(!AddressPolicy.publicOnly.allows(ipv6: address), "\(address)") }
        #expect(AddressPolicy.publicOnly.allows(ipv6: starting(0x26, 0x06, 0x47)))
        #expect(AddressPolicy.publicOnly.allows(ipv6: starting(0x2A, 0x00)))
    }
}

@Suite struct SMTPServerTests {
    @Test func `reads addresses`() throws {
        let full = try SMTPServer(url: "smtp://us%40er:p%3a%2Fs@mail.example.com:2525")
        #expect(full.host == "mail.example.com" && full.port == 2_525 && !full.isImplicitTLS)
        #expect(full.user == "us@er" && full.password == "p:/s" && full.security == .required)
        let plain = try SMTPServer(url: "smtp://relay/")
        #expect(plain.port == 587 && plain.user == nil && plain.security == .opportunistic)
        let secure = try SMTPServer(url: "SMTPS://[2001:db8::1]")
        #expect(
            secure.isImplicitTLS && secure.port == 465 && secure.host == "[2001:db8::1]" && secure.security == .required
        )
    }

    @Test(arguments: [
        "", "relay", "http://relay", "smtp://", "smtp://a:b@", "smtp://relay:0", "smtp://relay:x", "smtp://re lay",
        "smtp://a%zz:b@relay", "smtp://a%0d%0a:b@relay", "smtp://relay/path",
    ])
    func `refuses what is none`(_ text: String) {
        #expect(throws: SMTPServer.InvalidURL.self) { try SMTPServer(url: text) }
    }
}
