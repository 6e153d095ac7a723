import Console
import Reference
import ServiceRuntime

@main
struct Main {
    static func main() async {
        await ServiceMain.run(.console.withReference(to: APIDocument.Part.allCases))
    }
}
