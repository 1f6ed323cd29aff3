package io.onlink.lab;

import io.onlink.failure.ConfigurationException;
import io.onlink.failure.KernelException;
import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.SegmentKind;
import io.onlink.lab.RehearsalReport.Finding;
import io.onlink.lab.RehearsalReport.Stage;
import io.onlink.model.IpAddress;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Will this host come back? A host file applied in a lab of its own, looked at from behind the routers, the power taken,
 * the boot path run, and looked at again. {@link #run} once, on one thread; {@link #close} from any, at any time.
 */
public final class Rehearsal implements AutoCloseable {
    private final Settings settings;
    private final Ability ability = Ability.ofThisKernel();
    private final HostFile file;
    private final Topology topology;
    private final Lab lab;
    private final List<Stage> stages = new ArrayList<>();
    private @Nullable LabOwner owner;
    private boolean closed;

    /**
     * What is rehearsed.
     *
     * @param file is applied
     * @param lan the file whose LAN and installed host the lab is: the same, or the one that holds today
     * @param program how this program is started, absolute: its subcommand follows
     * @param skipUnsupported go on without what the kernel cannot do
     */
    public record Settings(Path file, Path lan, List<String> program, boolean skipUnsupported) {
        public Settings {
            program = List.copyOf(program);
        }
    }

    /**
     * Reads the files; makes nothing yet.
     *
     * @throws ConfigurationException if one is wrong
     * @throws io.onlink.failure.UnsupportedException if the kernel lacks what the lab is made of, and it is not to be left out
     */
    public Rehearsal(Settings settings) {
        this.settings = settings;
        this.file = HostFile.read(settings.file());
        HostFile lan = HostFile.read(settings.lan());
        if (!settings.skipUnsupported()) {
            ability.requireLab(lan, SegmentKind.SKIP_UNSUPPORTED);
        }
        this.topology = Topology.of(ability.forLab(lan), List.of(), false);
        this.lab = Lab.named("rehearse-" + ProcessHandle.current().pid());
    }

    /**
     * Goes through all stages, up to the first that fails.
     *
     * @param progress told of each stage when it has ended
     * @throws CancellationException if it is closed meanwhile
     * @throws io.onlink.failure.OnlinkException if no lab can be made
     */
    public RehearsalReport run(Consumer<Stage> progress) {
        List<Demand> demands = Demand.of(file, topology, settings.skipUnsupported() ? ability.leftOut(file) : Set.of());
        unlessClosed(() -> {
            owner = lab.own();
            lab.up(settings.file(), topology);
        });
        boolean hasClient =
                topology.members().stream().anyMatch(member -> member.name().equals(Member.CLIENT));
        Supplier<Set<IpAddress>> look = hasClient ? () -> look(OutsideView.of(lab, topology), demands) : Set::of;
        Set<IpAddress> before = look.get();

        boolean whole = end(progress, program("apply", options("apply", "--yes")))
                && end(progress, verified("verify", demands, before, look.get()))
                && end(progress, rebooted())
                && end(progress, program("boot", List.of("boot")))
                && end(progress, verified("verify again", demands, before, look.get()));
        return new RehearsalReport(settings.file().toString(), whole, verdict(whole, demands), stages);
    }

    /** Takes the lab away with all that runs in it. Idempotent. */
    @Override
    public synchronized void close() {
        closed = true;
        lab.down();
        if (owner != null) {
            owner.close();
        }
    }

    /** A lab that was made after closing would stay. */
    private synchronized void unlessClosed(Runnable work) {
        refuseIfClosed();
        work.run();
    }

    private synchronized void refuseIfClosed() {
        if (closed) {
            throw new CancellationException("the rehearsal was closed");
        }
    }

    /** What fails once the lab is being taken away is no finding. */
    private boolean end(Consumer<Stage> progress, Stage stage) {
        refuseIfClosed();
        stages.add(stage);
        progress.accept(stage);
        return stage.passed();
    }

    private Stage rebooted() {
        unlessClosed(() -> lab.reboot(topology));
        return new Stage("reboot", List.of(Finding.passed("the host lost power and came up as its installer left it")));
    }

    private Stage program(String name, List<String> arguments) {
        Output output = output(arguments);
        Stream<Finding> leftOut = output.lines().stream()
                .filter(line -> line.startsWith("left out:"))
                .map(Finding::note);
        Stream<Finding> end = output.exitCode() == 0
                ? output.lines().reversed().stream().limit(1).map(Finding::passed)
                : Stream.concat(
                        Stream.of(Finding.failed("exit code " + output.exitCode())),
                        output.errors().stream().map(Rehearsal::complaint));
        return new Stage(name, Stream.concat(leftOut, end).toList());
    }

    private static Finding complaint(String line) {
        return line.startsWith("note:")
                ? Finding.note(line.substring("note:".length()).strip())
                : Finding.failed(line.replaceFirst("^onlink: ", ""));
    }

    private Stage verified(String name, List<Demand> demands, Set<IpAddress> before, Set<IpAddress> now) {
        List<Finding> findings = new ArrayList<>();
        demands.forEach(demand -> findings.add(finding(demand, before, now)));
        Output plan = output(options("plan"));
        if (plan.exitCode() == 0) {
            findings.add(Finding.passed("nothing is left to do"));
        } else {
            Stream.concat(plan.lines().stream(), plan.errors().stream())
                    .forEach(line -> findings.add(Finding.failed("onlink plan: " + line)));
        }
        return new Stage(name, findings);
    }

    private static Finding finding(Demand demand, Set<IpAddress> before, Set<IpAddress> now) {
        String what = demand.address() + " (" + demand.place() + ")";
        boolean answers = now.contains(demand.address());
        return switch (demand.answer()) {
            case REQUIRED -> answers ? Finding.passed(what) : Finding.failed(what + " did not answer the client");
            case AS_BEFORE -> {
                if (answers) {
                    yield Finding.passed(what + ", left as found");
                }
                yield before.contains(demand.address())
                        ? Finding.failed(what + " is left as found, and does not answer the client any more")
                        : Finding.note(what + " is left as found, and did not answer before either");
            }
            case NO_WAY_THERE -> Finding.note(what + " not asked: no router of the lab leads there");
            case NOT_LET_IN ->
                answers
                        ? Finding.failed(what + " answered the client, and the firewall should not let him in")
                        : Finding.passed(what + ", where the firewall does not let the client in");
            case NO_WAY_BACK -> Finding.note(what + " not asked: the file has no route back to the client");
        };
    }

    /** Patient with those who are to answer; those who are not are asked once. */
    private static Set<IpAddress> look(OutsideView view, List<Demand> demands) {
        Set<IpAddress> answering = new LinkedHashSet<>(view.answering(toAsk(demands)));
        demands.stream()
                .filter(demand -> demand.answer() == Demand.Answer.NOT_LET_IN)
                .map(Demand::address)
                .filter(view::answers)
                .forEach(answering::add);
        return answering;
    }

    private static List<IpAddress> toAsk(List<Demand> demands) {
        return demands.stream()
                .filter(demand -> switch (demand.answer()) {
                    case REQUIRED, AS_BEFORE -> true;
                    case NO_WAY_THERE, NO_WAY_BACK, NOT_LET_IN -> false;
                })
                .map(Demand::address)
                .toList();
    }

    private String verdict(boolean whole, List<Demand> demands) {
        if (!whole) {
            Stage failed = stages.getLast();
            return "this host does not come back: %s: %s"
                    .formatted(
                            failed.name(), String.join("; ", failed.failures()).replace(":; ", ": "));
        }
        return toAsk(demands).isEmpty()
                ? "this host comes back, as far as its own kernel tells: the client behind the routers reaches none of its addresses"
                : "this host comes back";
    }

    private List<String> options(String... command) {
        List<String> arguments = new ArrayList<>(List.of(command));
        if (settings.skipUnsupported()) {
            arguments.add("--skip-unsupported");
        }
        return arguments;
    }

    /** What a run of this program in the host said, and how it ended. */
    private record Output(int exitCode, List<String> lines, List<String> errors) {}

    private Output output(List<String> arguments) {
        List<String> command = new ArrayList<>(settings.program());
        command.addAll(arguments);
        refuseIfClosed();
        ProcessBuilder builder = new ProcessBuilder(lab.command(Member.HOST, Path.of("/"), command));
        // Whoever rehearses over ssh came to the machine, not to the lab's host.
        builder.environment().remove("SSH_CONNECTION");
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            // Both at once: a pipe that nobody reads stops the one who writes.
            FutureTask<List<String>> errors = new FutureTask<>(() -> lines(process.getErrorStream()));
            Thread.ofPlatform().start(errors);
            List<String> lines = lines(process.getInputStream());
            return new Output(process.waitFor(), lines, errors.get());
        } catch (IOException | ExecutionException refused) {
            throw new KernelException(
                    "running " + String.join(" ", arguments) + " in the lab's host",
                    0,
                    String.valueOf(refused.getMessage()),
                    refused);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while the host ran " + arguments);
        }
    }

    private static List<String> lines(InputStream stream) throws IOException {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
    }
}
