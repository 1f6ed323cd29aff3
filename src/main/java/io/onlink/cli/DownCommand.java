package io.onlink.cli;

import io.onlink.agent.Agent;
import io.onlink.agent.Store;
import io.onlink.apply.HostChange;
import io.onlink.apply.Journal;
import io.onlink.apply.StateDirectory;
import io.onlink.attach.BridgeNetfilter;
import io.onlink.attach.BridgeNetfilterFile;
import io.onlink.attach.Endpoint;
import io.onlink.desired.Found;
import io.onlink.desired.OwnLink;
import io.onlink.docker.BridgedForwarding;
import io.onlink.docker.Engine;
import io.onlink.docker.SegmentNetworks;
import io.onlink.failure.ConfigurationException;
import io.onlink.failure.EngineException;
import io.onlink.failure.KernelException;
import io.onlink.failure.UnsupportedException;
import io.onlink.failure.VerificationException;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.LinuxKernel;
import io.onlink.model.Bridge;
import io.onlink.nftables.DockerTables;
import io.onlink.nftables.GuardTable;
import io.onlink.verify.Inspection;
import io.onlink.vrf.ControlGroup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code onlink down}: the host as it was found. */
@Command(
        name = "down",
        description = {
            "Gives each NIC its addresses and routes back as they were found, and removes all that Onlink made: bridges,"
                    + " VRFs, the segments' Docker networks.",
            "Refuses while containers are attached. Let the agent run until it is done: Docker asks it when a network goes."
        },
        footer = {
            "",
            "Exit code: 0 the host is as it was found, 1 you said no, 3 something must go",
            "first, 4 the kernel refused, 6 taken back: what was read back differs or",
            "somebody answers no more, 129, 130, 143 stopped by a signal: taken back, or as the",
            "last line says."
        })
final class DownCommand implements Callable<Integer> {
    private static final int DECLINED = 1;

    @Mixin
    private StateDirectoryOption state = new StateDirectoryOption();

    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask.")
    private boolean yes;

    @Option(
            names = "--force",
            description = "Go on where containers are attached (they lose their network) or Docker keeps a network.")
    private boolean force;

    @Option(names = "--allow-disconnect", description = Refusals.ALLOW_DISCONNECT)
    private boolean allowDisconnect;

    @Option(
            names = "--unverified",
            description = "Do not ask routers and peers: for a host that was found broken, and is to be so again.")
    private boolean unverified;

    @Option(
            names = "--run-dir",
            paramLabel = "DIR",
            defaultValue = AgentCommand.RUN_DIRECTORY,
            description = "Where the agent has its lock (default: ${DEFAULT-VALUE}).")
    private Path runDirectory;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        StateDirectory directory = state.directory();
        try (HostWriter writer = HostWriter.open(directory, spec.commandLine().getOut())) {
            writer.settleWhatIsOpen();
            Found found = directory.readFound();
            if (found.links().isEmpty() && directory.readApplied().isPresent()) {
                throw new ConfigurationException(
                        "%s holds, but how the host was found is not remembered beside it (found.json is gone), and nothing was changed: put that back, or delete the former and take the links away by hand"
                                .formatted(directory.appliedFile()));
            }
            refuseWhereForgotten(found, writer);
            HostChange change = OtherProgramsInPlan.undone(HostChange.back(writer.kernel(), found), directory);
            refuseWhileAttached(change);
            writer.showNotes(change, change.connections());
            writer.show(change, "the host is as it was found", yes);
            List<String> foundBroken = foundBroken(change);
            foundBroken.forEach(broken -> say("so the host was found, and will be again: " + broken));
            Refusals.of(change, HostFile.empty(), allowDisconnect).refuse();
            if (!change.isEmpty() && !yes && !writer.isConsentedTo("Take it down?")) {
                return DECLINED;
            }
            removeNetworksAndGuard(change);
            if (change.isEmpty()) {
                directory.clear();
                removeForwarding(change);
                return 0;
            }
            Optional<ReachabilityCheck> check = directory
                    .readApplied()
                    .filter(_ -> !unverified)
                    .map(text -> HostFile.parse(directory.appliedFile().toString(), text))
                    .map(file ->
                            ReachabilityCheck.before(file, spec.commandLine().getOut()));
            var _ = writer.make(
                    change,
                    new Journal.Outcome(Found.untouched(), null),
                    () -> check.ifPresent(asked -> verify(asked, foundBroken)),
                    Optional.empty());
            removeForwarding(change);
            ControlGroup.sweep();
            return 0;
        }
    }

    /** A state directory that was emptied says nothing, and its bridges carry the host. */
    private void refuseWhereForgotten(Found found, HostWriter writer) {
        if (!found.links().isEmpty()) {
            return;
        }
        List<String> own = writer.kernel().observe().links().values().stream()
                .filter(link -> !Endpoint.isHostLink(link.name()) && OwnLink.isOne(link))
                .map(link ->
                        "%s ('%s')".formatted(link.name(), link.attributes().alias()))
                .toList();
        if (!own.isEmpty()) {
            throw new ConfigurationException(
                    "%s remembers nothing of this host, but links of Onlink's are there: %s; nothing was changed. Put what was deleted there back; or 'onlink apply -f FILE' with the host's file takes them on anew as they are, and how the host was before Onlink stays forgotten"
                            .formatted(state.directory().path(), String.join(", ", own)));
        }
    }

    /** What was wrong by the kernel's own word when the host was found, and is not now. */
    private static List<String> foundBroken(HostChange change) {
        List<String> now = Inspection.of(change.observed());
        return Inspection.of(change.desired()).stream()
                .filter(broken -> !now.contains(broken))
                .toList();
    }

    /** It answers for what was there before Onlink, and that may have been nothing. */
    private static void verify(ReachabilityCheck check, List<String> foundBroken) {
        try {
            check.after();
        } catch (VerificationException failed) {
            String why = foundBroken.isEmpty()
                    ? "'down' goes back to how the host was found, and so it does not answer"
                    : "'down' goes back to how the host was found, and it was found broken: "
                            + String.join("; ", foundBroken);
            throw new VerificationException(
                    "%s%n%s. If that is meant: 'onlink down --unverified', on the console. If not: 'onlink apply' a file with the addresses that the host shall keep"
                            .formatted(failed.getMessage(), why),
                    failed);
        }
    }

    private void refuseWhileAttached(HostChange change) {
        List<String> attached = change.observed().links().values().stream()
                .filter(link -> Endpoint.isHostLink(link.name()))
                .filter(link -> link.master() != null && change.desired().link(link.master()) == null)
                .map(link -> link.name() + " on " + link.master())
                .toList();
        if (!attached.isEmpty() && !force) {
            throw new ConfigurationException(
                    "%d containers' links are attached (%s), and nothing was changed: stop the containers ('onlink status' names them), or give --force"
                            .formatted(attached.size(), String.join(", ", attached)));
        }
    }

    /** Before the host's part: the engine asks the agent when a network goes, and a refusal must come first. */
    private void removeNetworksAndGuard(HostChange change) {
        if (change.found().links().isEmpty()) {
            return;
        }
        if (Files.exists(Store.fileIn(state.path()))) {
            removeNetworks();
        }
        removeGuard();
    }

    /** After the host's part: as long as something is declared, a running agent puts the rules back. */
    private void removeForwarding(HostChange change) {
        try (LinuxKernel kernel = LinuxKernel.open()) {
            new BridgeNetfilter(kernel, new BridgeNetfilterFile(runDirectory)).giveBack();
        }
        List<String> bridges = change.found().links().stream()
                .filter(name -> change.observed().link(name) instanceof Bridge)
                .toList();
        if (bridges.isEmpty()) {
            return;
        }
        new BridgedForwarding().remove(bridges);
        DockerTables.open().ifPresent(tables -> {
            try (tables) {
                tables.remove(bridges);
            } catch (KernelException refused) {
                say(String.valueOf(refused.getMessage()));
            }
        });
    }

    /** A running agent guards as long as there are endpoints, and then removes the table itself. */
    private void removeGuard() {
        if (Agent.isRunning(runDirectory)) {
            return;
        }
        try (GuardTable guard = GuardTable.open()) {
            guard.remove();
        } catch (UnsupportedException neverUsed) {
            // Where the library is not installed no agent has ever run.
        } catch (KernelException refused) {
            say(String.valueOf(refused.getMessage()));
        }
    }

    private void removeNetworks() {
        if (!Agent.isRunning(runDirectory)) {
            if (!force) {
                throw new ConfigurationException(
                        "the agent does not run, and Docker asks it when a network goes; nothing was changed: start it (onlink agent), or give --force to leave Docker's networks");
            }
            say("Docker's networks of Onlink's stay: docker network rm NAME removes one while the agent runs");
            return;
        }
        try (Engine engine = Engine.connect(Engine.hostOf(System.getenv()))) {
            List<String> kept = SegmentNetworks.removeAll(engine);
            if (!kept.isEmpty() && !force) {
                throw new ConfigurationException(
                        "Docker keeps networks of Onlink's, and the host was not changed:\n%sRemove what is in the way, or give --force"
                                .formatted(String.join("\n", kept).indent(2)));
            }
            kept.forEach(this::say);
        } catch (EngineException unreachable) {
            say("Docker's networks of Onlink's, if there are any, stay: " + unreachable.getMessage());
        }
    }

    private void say(String line) {
        spec.commandLine().getErr().println("onlink: " + line);
    }
}
