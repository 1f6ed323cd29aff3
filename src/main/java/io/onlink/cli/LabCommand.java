package io.onlink.cli;

import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile;
import io.onlink.lab.Ability;
import io.onlink.lab.Lab;
import io.onlink.lab.LabState;
import io.onlink.lab.LabState.MemberState;
import io.onlink.lab.Machine;
import io.onlink.lab.Member;
import io.onlink.lab.Topology;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** {@code onlink lab}: throwaway LANs of network namespaces. */
@Command(
        name = "lab",
        description = "A throwaway LAN of network namespaces, made from a host file.",
        footer = {"", LabCommand.EXIT_CODES, "'exec' has that of its command."},
        subcommands = {
            LabCommand.Up.class,
            LabCommand.Exec.class,
            LabCommand.Reboot.class,
            LabCommand.Down.class,
            LabCommand.ListLabs.class
        })
final class LabCommand implements Callable<Integer> {
    static final String EXIT_CODES =
            "Exit code: 0 done; 3 the file is wrong, or the lab is there already or not at all; 4 the kernel refused,"
                    + " or you are not root; 7 the kernel lacks something that the lab is made of.";

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "Missing command: up, exec, reboot, down or list");
    }

    /** Which lab is meant. */
    static final class Which {
        @Parameters(paramLabel = "FILE", index = "0", description = "The host file.")
        private Path file;

        @Option(
                names = "--name",
                paramLabel = "NAME",
                description =
                        "Name of the lab; several of one file stand side by side. Without: one for the file's path.")
        @Nullable
        private String name;

        Lab lab() {
            return name == null ? Lab.of(file) : Lab.named(name);
        }
    }

    /** Makes one. */
    @Command(
            name = "up",
            description = {
                "Make the lab: switches, routers, a client behind them, the host with its NICs.",
                "In the host, FILE is /etc/onlink/host.yaml, and 'onlink' is on the PATH. Needs root; touches nothing of this"
                        + " machine's own network."
            },
            footer = {"", LabCommand.EXIT_CODES})
    static final class Up implements Callable<Integer> {
        @Mixin
        private Which which;

        @Option(
                names = "--machine",
                paramLabel = "NAME=SEGMENT:ADDRESS[,ADDRESS]",
                description = "One more machine on a segment's switch. May be given several times.")
        @Nullable
        private List<String> machines;

        @Option(names = "--bare", description = "Leave the host's NICs without addresses and routes.")
        private boolean bare;

        @Option(names = "--json", description = "Say what was made as JSON.")
        private boolean json;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            List<Machine> more = machines == null
                    ? List.of()
                    : machines.stream().map(Machine::parse).toList();
            HostFile file = HostFile.read(which.file);
            Ability.ofThisKernel().requireLab(file, "otherwise leave the segment out of the file");
            Topology topology = Topology.of(file, more, bare);
            LabState state = which.lab().up(which.file, topology);
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                out.println(toJson(state));
                return 0;
            }
            out.println("The lab '" + state.name() + "' is up:");
            state.members().forEach(member -> out.println(line(member)));
            String lab = (which.name == null ? "" : "--name " + which.name + " ") + which.file;
            out.println("Run in it:    onlink lab exec " + lab + " client -- ping -c 3 ADDRESS");
            out.println("Take it away: onlink lab down " + lab);
            return 0;
        }

        private static String line(MemberState member) {
            return "  %-28s %s"
                    .formatted(member.name(), String.join(" ", member.addresses()))
                    .stripTrailing();
        }
    }

    /** Runs something inside. */
    @Command(
            name = "exec",
            description = {
                "Run a program in a member of the lab; its exit status is the command's.",
                "For example: onlink lab exec host.yaml host -- onlink plan"
            },
            customSynopsis = "onlink lab exec [--name NAME] FILE MEMBER -- COMMAND [ARGUMENT]...",
            footer = {
                "",
                "Exit code: that of COMMAND; 3 there is no such lab or member; nsenter's where COMMAND cannot be run:",
                "126, or 127 where there is none."
            })
    static final class Exec implements Callable<Integer> {
        @Mixin
        private Which which;

        @Parameters(
                paramLabel = "MEMBER",
                index = "1",
                description = "host, client, router-SEGMENT, a machine's name …")
        private String member;

        @Parameters(paramLabel = "COMMAND", index = "2..*", arity = "1..*", description = "After '--'.")
        private List<String> command;

        @Override
        public Integer call() throws InterruptedException {
            Path directory = Path.of("").toAbsolutePath();
            ProcessBuilder builder = new ProcessBuilder(which.lab().command(member, directory, command)).inheritIO();
            launcher()
                    .ifPresent(launcher ->
                            builder.environment().merge("PATH", launcher, (path, ours) -> ours + ":" + path));
            Process process = start(builder);
            // Ctrl-C reaches it through the terminal; a signal sent to this process alone is passed on.
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(process::destroy));
            return process.waitFor();
        }

        private static Process start(ProcessBuilder builder) {
            try {
                return builder.start();
            } catch (IOException refused) {
                throw new ConfigurationException("Cannot run nsenter; it is in the package util-linux", refused);
            }
        }

        /** So that "onlink" in the host is this program, in a checkout too. */
        private static Optional<String> launcher() {
            try {
                Path jar = Path.of(Exec.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI());
                List<Path> candidates = new ArrayList<>();
                for (Path directory = jar.getParent();
                        directory != null && candidates.size() < 2;
                        directory = directory.getParent()) {
                    candidates.add(directory);
                }
                return candidates.stream()
                        .filter(directory -> Files.isExecutable(directory.resolve("onlink")))
                        .filter(directory -> Files.isRegularFile(directory.resolve("onlink")))
                        .map(Path::toString)
                        .findFirst();
            } catch (URISyntaxException impossible) {
                throw new AssertionError("a class comes from a file", impossible);
            }
        }
    }

    /** Takes the power from its host. */
    @Command(
            name = "reboot",
            description = {
                "A loss of power at the host.",
                "What runs there is killed, its network namespace is made anew with the NICs as an installer left them, its"
                        + " disk stays.",
                "What a boot would run is for you: onlink lab exec FILE host -- onlink boot"
            },
            footer = {"", LabCommand.EXIT_CODES})
    static final class Reboot implements Callable<Integer> {
        @Mixin
        private Which which;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            Lab lab = which.lab();
            boolean bare = lab.state()
                    .flatMap(state -> state.member(Member.HOST))
                    .filter(host -> host.addresses().isEmpty())
                    .isPresent();
            lab.reboot(Topology.of(HostFile.read(which.file), List.of(), bare));
            spec.commandLine().getOut().println("The host of the lab '" + lab.name() + "' has come up again.");
            return 0;
        }
    }

    /** Takes one away. */
    @Command(
            name = "down",
            description = "End what runs in the lab and take it away, half made or whole.",
            footer = {"", LabCommand.EXIT_CODES})
    static final class Down implements Callable<Integer> {
        @Mixin
        private Which which;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            Lab lab = which.lab();
            boolean removed = lab.down();
            spec.commandLine()
                    .getOut()
                    .println(
                            removed
                                    ? "The lab '" + lab.name() + "' is gone."
                                    : "There is no lab '" + lab.name() + "'.");
            return 0;
        }
    }

    /** Lists them. */
    @Command(
            name = "list",
            description = "The labs of this machine.",
            footer = {"", "Exit code: 0, also where there is none."})
    static final class ListLabs implements Callable<Integer> {
        @Option(names = "--json", description = "As JSON, with the members of each.")
        private boolean json;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            List<LabState> labs = Lab.list();
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                out.println(toJson(labs));
                return 0;
            }
            labs.forEach(lab -> out.println(
                    "%-28s %-10s %s".formatted(lab.name(), lab.complete() ? "up" : "half made", lab.file())));
            return 0;
        }
    }

    private static String toJson(Object value) {
        return JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(value);
    }
}
