import OliverCommands

@main
struct Main {
    static func main() async {
        await OliverCommand.start()
    }
}
