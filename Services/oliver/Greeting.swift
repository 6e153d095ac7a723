internal import Access

/// What `oliver up` says when everything works: where things are, and how to get in.
struct Greeting {
    /// What a person types for this program: the launcher of a checkout says so.
    let program: String
    /// Where browsers find it.
    let address: String
    let home: String
    /// Whether commands look into this folder without being told.
    let isStandardHome: Bool
    let adminKeyFile: String
    /// The admin key, when it was made now.
    let newKey: String?
    /// Whether a person reads this: a log must not have the key.
    let isForPerson: Bool
    /// The first owner's link, when there was no owner before.
    let link: SessionToken?

    var text: String {
        """

          Oliver is ready on \(address)

            data folder   \(home)
            admin key     \(adminKeyFile)\(newKey.map { isForPerson ? "  \($0)" : "  (made now)" } ?? "")
            sign in       \(signIn)

          Make a key for a program:
            \(command("keys create --name demo --source-app demo --workspace default"))

        """
    }

    /// The first owner's link, else how to get one: what was printed once may be out of sight, or used.
    private var signIn: String {
        let command = command("admin link")
        guard let link else { return "\(command)   (prints a link that works once, within a day)" }
        // A page reads what stands behind `#`, and no server's log.
        return """
            \(address)/sign-in#link=\(link.text)
                              (works once, within a day; `\(command)` makes another)
            """
    }

    private func command(_ words: String) -> String {
        "\(program) \(words)" + (isStandardHome ? "" : " --home \(home)")
    }
}
