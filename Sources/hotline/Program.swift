import ArgumentParser
import LibC

/// Where `hotline` begins.
@main
enum Program {
    static func main() async {
        fillStandardDescriptors()
        await HotlineCommand.main()
    }

    /// A program that is started without standard input, output or error would give their numbers to the next files it
    /// opens, and write its log into a socket.
    private static func fillStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest free number is taken, which is this one.
            _ = open("/dev/null", O_RDWR)
        }
    }
}
