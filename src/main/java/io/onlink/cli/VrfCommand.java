package io.onlink.cli;

import io.onlink.coexistence.ResolverFile;
import io.onlink.failure.ConfigurationException;
import io.onlink.failure.KernelException;
import io.onlink.failure.UnsupportedException;
import io.onlink.kernel.LinuxKernel;
import io.onlink.libc.Errno;
import io.onlink.libc.Execution;
import io.onlink.libc.SystemCallException;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import io.onlink.model.Vrf;
import io.onlink.vrf.Programs;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code onlink vrf}: the host's own traffic, where it is told. */
@Command(
        name = "vrf",
        description = {
            "The host's own traffic through a VRF of the host file.",
            "What comes in by a VRF's NIC is answered through it, whoever answers. What a program starts itself goes by the"
                    + " main routing table, unless the program is in the VRF: one by 'onlink vrf exec', a service by"
                    + " 'vrfs.NAME.services' in the host file."
        },
        footer = {
            "",
            "For example:",
            "  onlink vrf list",
            "  onlink vrf exec mgmt0 -- ssh admin@192.168.1.10",
            "  onlink vrf exec mgmt0 -- apt-get update",
            "  onlink vrf exec mgmt0 -- bash          # and all that is started there",
            "",
            "Exit code: as 'onlink vrf list --help' and 'onlink vrf exec --help' say.",
            "  sudo onlink vrf exec mgmt0 -- runuser -u \"$USER\" -- curl http://192.168.1.10/"
        },
        subcommands = {VrfCommand.Exec.class, VrfCommand.ListVrfs.class, VrfCommand.Bind.class})
final class VrfCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "Missing command: exec or list");
    }

    /** Runs a program. */
    @Command(
            name = "exec",
            description = {
                "Runs a program whose connections all go through the VRF, and those of what it starts.",
                "It takes this command's place: terminal, signals and exit status are its own. IPv4 and IPv6 sockets that it makes"
                        + " are bound to the VRF; it reaches nothing that the VRF's table does not lead to, and neither"
                        + " 127.0.0.1 nor ::1 unless the VRF has them.",
                "Names are looked up through the VRF too: where the host file has 'vrfs.NAME.nameservers', the program sees them"
                        + " as its /etc/resolv.conf (and nscd and systemd-resolved not at all); else those of the host are asked,"
                        + " through the VRF.",
                "Needs root. Mounts that the program makes are its own."
            },
            customSynopsis = "onlink vrf exec NAME -- PROGRAM [ARGUMENT]...",
            footer = {
                "",
                "Exit code: the program's own. Where it was not run: 3 there is no such VRF, 4 the kernel refused,",
                "7 the kernel has no VRFs, cannot bind sockets or no cgroup2 is mounted, 126 it cannot be run,",
                "127 there is no such program."
            })
    static final class Exec implements Callable<Integer> {
        private static final int CANNOT_BE_RUN = 126;
        private static final int NOT_FOUND = 127;

        @Parameters(paramLabel = "NAME", index = "0", description = "The VRF, as 'onlink vrf list' has it.")
        private String vrf;

        @Parameters(paramLabel = "PROGRAM", index = "1..*", arity = "1..*", description = "After '--'.")
        private List<String> words;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            Programs programs = programsOf(vrf);
            String name = words.getFirst();
            Optional<Path> program = Programs.find(name, System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
            if (program.isEmpty()) {
                return refused(NOT_FOUND, "there is no program " + name + (name.contains("/") ? "" : " on the PATH"));
            }
            try {
                programs.become(program.get(), Execution.lastWords(words.size()), ResolverFile.of(vrf));
                throw new AssertionError("a program took this one's place, and this one goes on");
            } catch (SystemCallException failed) {
                if (failed.errno().equals(Errno.EPERM)) {
                    throw new KernelException(
                            "run %s in VRF %s".formatted(name, vrf),
                            failed.errno().number(),
                            failed.getMessage() + "; it needs root",
                            failed);
                }
                boolean isTheFile =
                        List.of(Errno.EACCES, Errno.ENOEXEC, Errno.ENOENT).contains(failed.errno());
                if (!isTheFile) {
                    throw failed;
                }
                return refused(CANNOT_BE_RUN, "%s cannot be run: %s".formatted(program.get(), failed.errno()));
            }
        }

        private int refused(int exitCode, String reason) {
            spec.commandLine().getErr().println("onlink: " + reason);
            return exitCode;
        }
    }

    /** Lists them. */
    @Command(
            name = "list",
            description = "The VRFs of this host, with their tables and members.",
            footer = {"", "Exit code: 0, also where there is none; 4 the kernel refused."})
    static final class ListVrfs implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            TextTable table = new TextTable("VRF", "TABLE", "MEMBERS");
            try (LinuxKernel kernel = LinuxKernel.open()) {
                NetworkState state = kernel.observe();
                vrfs(state).forEach(vrf -> table.row(vrf.name(), Integer.toString(vrf.table()), members(vrf, state)));
            }
            PrintWriter out = spec.commandLine().getOut();
            table.print(out);
            out.flush();
            return 0;
        }

        private static String members(Vrf vrf, NetworkState state) {
            return state.links().values().stream()
                    .filter(link -> vrf.name().equals(link.attributes().master()))
                    .map(Link::name)
                    .collect(Collectors.joining(" "));
        }
    }

    /** What the drop-in of a bound service runs. */
    @Command(
            name = "bind",
            hidden = true,
            description = {
                "What a service that is bound to a VRF by the host file runs before its own program (ExecStartPre=): binds the"
                        + " sockets that are made in this process's control group from now on.",
                "Not for a shell: all that is started in your session would go through the VRF. See 'onlink vrf exec'."
            },
            footer = {"", "Exit code: 0 bound, else as 'onlink vrf exec'; the service is not started then."})
    static final class Bind implements Callable<Integer> {
        @Parameters(paramLabel = "NAME", index = "0", description = "The VRF.")
        private String vrf;

        @Override
        public Integer call() {
            programsOf(vrf).bindService();
            return 0;
        }
    }

    private static List<Vrf> vrfs(NetworkState state) {
        return state.links().values().stream()
                .filter(Vrf.class::isInstance)
                .map(Vrf.class::cast)
                .toList();
    }

    /** Those of a VRF that is there, and refuses for one that is not. */
    private static Programs programsOf(String vrf) {
        try (LinuxKernel kernel = LinuxKernel.open()) {
            if (kernel.link(vrf) instanceof Vrf) {
                return new Programs(vrf, kernel.linkIndex(vrf).orElseThrow(() -> missing(vrf, kernel)));
            }
            if (!kernel.supportsLinkKind("vrf")) {
                throw new UnsupportedException(
                        "this kernel cannot make VRF devices (CONFIG_NET_VRF, module vrf), so there is no VRF %s; load the module or boot a kernel that has it"
                                .formatted(vrf));
            }
            throw missing(vrf, kernel);
        }
    }

    private static ConfigurationException missing(String vrf, LinuxKernel kernel) {
        NetworkState state = kernel.observe();
        if (state.link(vrf) != null) {
            return new ConfigurationException("%s is a link, and no VRF; %s".formatted(vrf, known(state)));
        }
        return new ConfigurationException("there is no VRF %s on this host; %s".formatted(vrf, known(state)));
    }

    private static String known(NetworkState state) {
        String names = vrfs(state).stream().map(Vrf::name).collect(Collectors.joining(", "));
        return names.isEmpty()
                ? "there is none: 'onlink apply' makes those of the host file's 'vrfs'"
                : "there are: " + names;
    }
}
