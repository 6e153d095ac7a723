import Access
import Testing

@testable import OliverCommands

@Suite struct `The greeting of up` {
    private func greeting(
        newKey: String? = nil,
        isForPerson: Bool = true,
        link: SessionToken? = nil,
        isStandardHome: Bool = true
    ) -> String {
        Greeting(
            program: "./oliver",
            address: "http://127.0.0.1:8080",
            home: "/data",
            isStandardHome: isStandardHome,
            adminKeyFile: "/data/admin.key",
            newKey: newKey,
            isForPerson: isForPerson,
            link: link
        ).text
    }

    @Test func `has a link to sign in with at the first start`() {
        let token = SessionToken.generate()
        let text = greeting(newKey: "olv_x", link: token)
        #expect(
            text.contains(
                """

                    admin key     /data/admin.key  olv_x
                    sign in       http://127.0.0.1:8080/sign-in#link=\(token.text)
                                  (works once, within a day; `./oliver admin link` makes another)

                """
            )
        )
        #expect(!greeting(newKey: "olv_x", isForPerson: false, link: token).contains("olv_x"))
    }

    @Test func `says how to get a link at later starts`() {
        #expect(greeting().contains("\n    sign in       ./oliver admin link   (prints a link"))
        #expect(greeting(isStandardHome: false).contains("./oliver admin link --home /data "))
    }
}
