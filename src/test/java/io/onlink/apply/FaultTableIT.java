package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.onlink.cli.BootedHost;
import io.onlink.kernel.LinuxKernel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The table of faults: each change of a host × each moment of it × each process that can die then, by a real SIGKILL. The
 * host ends as it was, or as was committed, reached from outside, the journal closed, nothing left over. The moments are
 * counted while the change is made once, so a new step of a plan is a new row by itself. Needs root.
 *
 * <p>{@link FaultProcess} is what makes it affordable: one JVM that dies is a row for each of the hosts it was at work in.
 * {@link TransactionFaultIT} has the same with the real command and the real guard, a JVM each, for one change.
 */
class FaultTableIT {
    private static final int HOSTS_AT_ONCE = Integer.getInteger("onlink.faults.hosts", 48);

    /** Only the changes whose title has it in, as {@code -Donlink.faults=uplink}. */
    private static final String ONLY = System.getProperty("onlink.faults", "");

    private static final List<String> HOME = List.of("192.168.22.217", "2001:470:fe36:face::217:1");

    private static final String NO_FILE = "";

    private static final String ASKING = "routers and peers are asked";

    /** Where not, {@link KernelFaults} plays those of a VRF in the guest; and those of VLANs. */
    private static final boolean VRF = hasVrf();

    private static boolean hasVrf() {
        try (LinuxKernel kernel = LinuxKernel.open()) {
            return kernel.supportsLinkKind("vrf");
        }
    }

    private static final Pattern VLAN_OF_A_FILE = Pattern.compile("vlan: ([0-9]+)");

    /** Each in a host on which another file was applied before, or none. */
    private enum Change {
        FIRST_APPLY("first apply", NO_FILE, Role.APPLY, FaultFiles.FIRST),
        AN_ADDRESS_MORE("an address more", FaultFiles.FIRST, Role.APPLY, FaultFiles.ADDRESS_MORE),
        A_ROUTER_MOVED("a router moved", FaultFiles.FIRST, Role.APPLY, FaultFiles.ROUTER_MOVED),
        A_BRIDGE_RENAMED("a bridge renamed", FaultFiles.FIRST, Role.APPLY, FaultFiles.BRIDGE_RENAMED),
        ANOTHER_UPLINK_NAMED("another uplink", FaultFiles.FIRST, Role.APPLY, FaultFiles.ANOTHER_UPLINK),
        DOWN("down", FaultFiles.FIRST, Role.DOWN, NO_FILE),
        AN_APPLY_IN_VAIN("a failed check's way back", FaultFiles.FIRST, Role.APPLY_IN_VAIN, FaultFiles.BRIDGE_RENAMED),
        APPLY_CONFIRM("apply --confirm", NO_FILE, Role.APPLY_AND_WAIT, FaultFiles.FIRST),
        CONFIRM("confirm", NO_FILE, Role.CONFIRM, FaultFiles.FIRST),
        ROLLBACK("rollback", FaultFiles.FIRST, Role.ROLLBACK, FaultFiles.BRIDGE_RENAMED),
        A_NIC_INTO_A_VRF("a NIC into a VRF", NO_FILE, Role.APPLY, FaultFiles.INTO_A_VRF),
        A_NIC_OUT_OF_A_VRF("a NIC out of a VRF", FaultFiles.INTO_A_VRF, Role.DOWN, NO_FILE),
        ANOTHER_VLAN_NAMED("another VLAN", FaultFiles.WITH_A_VLAN, Role.APPLY, FaultFiles.ANOTHER_VLAN),
        A_VLAN_BESIDE("a VLAN beside what has no tag", FaultFiles.FIRST, Role.APPLY, FaultFiles.WITH_A_VLAN),
        A_VLAN_REMOVED("a VLAN removed", FaultFiles.WITH_A_VLAN, Role.APPLY, FaultFiles.FIRST),
        A_VLAN_LEFT_ALONE("a VLAN left alone", FaultFiles.WITH_A_VLAN, Role.APPLY, FaultFiles.VLAN_ALONE),
        DOWN_WITH_A_VLAN("down of a VLAN", FaultFiles.WITH_A_VLAN, Role.DOWN, NO_FILE);

        private final String title;
        private final String before;
        private final Role role;
        private final String text;

        Change(String title, String before, Role role, String text) {
            this.title = title;
            this.before = before;
            this.role = role;
            this.text = text;
        }

        boolean isPossible() {
            String files = before + text;
            return (VRF || !files.contains("vrfs:")) && (FaultHost.HAS_VLANS || !files.contains("vlan:"));
        }

        /** Whether it is an answer to a change that waits. */
        boolean isAnswer() {
            return role == Role.CONFIRM || role == Role.ROLLBACK;
        }

        boolean stays() {
            return role == Role.APPLY || role == Role.DOWN || role == Role.CONFIRM;
        }
    }

    private enum Victim {
        /** It is the guard's parent too; the guard ends the change. */
        COMMAND("the command, the guard's parent"),
        COMMAND_AND_GUARD("the command and the guard"),
        /** The command goes on. */
        GUARD("the guard"),
        /** The command is dead; the agent ends what the guard began. */
        SETTLING_GUARD("the guard as it settles"),
        /** Command and guard are dead; the next command ends what the agent began. */
        SETTLING_AGENT("the agent as it settles"),
        /** The agent ends what it began. */
        SETTLING_COMMAND("the next command as it settles"),
        /** The kernel's state is kept; then the boot path runs. */
        ALL_THEN_BOOT("all, then boot"),
        /** The kernel's state is lost too; then the boot path runs. */
        POWER("power, then boot");

        private final String title;

        Victim(String title) {
            this.title = title;
        }

        boolean isSettling() {
            return this == SETTLING_GUARD || this == SETTLING_AGENT || this == SETTLING_COMMAND;
        }

        Role settler() {
            return switch (this) {
                case SETTLING_GUARD -> Role.GUARD;
                case SETTLING_AGENT -> Role.AGENT;
                case SETTLING_COMMAND -> Role.ROLLBACK;
                case COMMAND, COMMAND_AND_GUARD, GUARD, ALL_THEN_BOOT, POWER ->
                    throw new IllegalStateException(title + " settles nothing");
            };
        }
    }

    /** How a host is that nothing went wrong on. */
    private record Sight(List<String> kernel, Map<String, Object> disk, List<String> plan) {}

    private record Reference(
            Sight before,
            Sight after,
            List<String> effects,
            int commit,
            int verification,
            Map<Role, List<String>> wayBack) {}

    private record Row(Change change, Victim victim, int moment, String momentInWords, boolean stays) {
        String title() {
            return "%s, before %d (%s): SIGKILL of %s".formatted(change.title, moment, momentInWords, victim.title);
        }
    }

    private static final Map<Change, Map<Victim, Integer>> COUNTS = new EnumMap<>(Change.class);

    private final AtomicInteger hosts = new AtomicInteger();
    private final Map<Change, Reference> references = new EnumMap<>(Change.class);
    private final ExecutorService workers = Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(),
            Thread.ofPlatform().daemon().factory());

    @TempDir
    static Path temporary;

    @TestFactory
    Stream<DynamicNode> whateverDiesInTheMiddle() throws InterruptedException {
        for (Change change : changes()) {
            references.put(change, reference(change));
        }
        return Arrays.stream(Victim.values()).flatMap(this::rowsOf);
    }

    private static List<Change> changes() {
        return Arrays.stream(Change.values())
                .filter(change -> change.title.contains(ONLY) && change.isPossible())
                .toList();
    }

    private Stream<DynamicNode> rowsOf(Victim victim) {
        List<Row> rows =
                changes().stream().flatMap(change -> rows(change, victim)).toList();
        rows.forEach(row ->
                COUNTS.computeIfAbsent(row.change(), change -> new TreeMap<>()).merge(victim, 1, Integer::sum));
        List<DynamicNode> nodes = new ArrayList<>();
        for (int from = 0; from < rows.size(); from += HOSTS_AT_ONCE) {
            List<Row> some = rows.subList(from, Math.min(from + HOSTS_AT_ONCE, rows.size()));
            // The stream is asked for its tests when the container's turn has come, not before.
            nodes.add(dynamicContainer(
                    "%s, rows %d to %d".formatted(victim.title, from + 1, from + some.size()),
                    Stream.of(some).flatMap(this::run)));
        }
        return nodes.stream();
    }

    private Stream<DynamicNode> run(List<Row> rows) {
        Map<Row, Throwable> failures;
        try {
            failures = new Batch(rows.getFirst().victim(), rows).run();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
        return rows.stream()
                .map(row -> dynamicTest(row.title(), () -> {
                    Throwable failure = failures.get(row);
                    if (failure != null) {
                        throw failure;
                    }
                }));
    }

    @AfterAll
    static void count() {
        int sum = 0;
        StringBuilder table = new StringBuilder("Fault table, cases by change and victim of SIGKILL:\n");
        for (var change : COUNTS.entrySet()) {
            for (var victim : change.getValue().entrySet()) {
                table.append(
                        "%6d  %s: %s%n".formatted(victim.getValue(), change.getKey().title, victim.getKey().title));
                sum += victim.getValue();
            }
        }
        System.out.print(table.append("%6d  in all%n".formatted(sum)));
    }

    private Stream<Row> rows(Change change, Victim victim) {
        Reference reference = references.get(change);
        if (victim.isSettling()) {
            if (!List.of(Role.APPLY, Role.DOWN).contains(change.role)) {
                return Stream.empty();
            }
            List<String> effects = reference.wayBack().get(victim.settler());
            return numbers(effects).map(moment -> new Row(change, victim, moment, effects.get(moment), false));
        }
        List<String> effects = reference.effects();
        return numbers(effects)
                // One that dies before it watches has never been.
                .filter(moment -> victim != Victim.GUARD || change.isAnswer() || moment > 0)
                // To a kernel that is lost it does not matter how many steps were done.
                .filter(moment ->
                        victim != Victim.POWER || isOfDisk(effects.get(moment)) || moment == reference.verification())
                .map(moment -> new Row(
                        change,
                        victim,
                        moment,
                        effects.get(moment),
                        change.stays() && (victim == Victim.GUARD || moment > reference.commit())));
    }

    private static boolean isOfDisk(String effect) {
        return Stream.of("write ", "rename ", "delete ", "the end", "an answer").anyMatch(effect::startsWith);
    }

    private static Stream<Integer> numbers(List<String> effects) {
        return OneNicHost.everyMoment(effects.size()).boxed();
    }

    /** The change made once, by nobody who dies. */
    private Reference reference(Change change) {
        Effects effects = Effects.recorded();
        Sight before;
        Sight after;
        try (FaultHost host = untouched(change)) {
            before = sight(host, change);
            if (change.isAnswer()) {
                leftWaiting(host, change);
            }
            String said = host.play(change.role, change.text, effects);
            assertThat(said)
                    .as(change.title)
                    .satisfiesAnyOf(
                            text -> assertThat(change.role == Role.APPLY_IN_VAIN)
                                    .isTrue(),
                            text -> assertThat(text).doesNotStartWith("failed"));
            after = sight(host, change);
        }
        List<String> done = effects.done();
        int verification = done.indexOf(ASKING);
        Map<Role, List<String>> wayBack = new EnumMap<>(Role.class);
        if (List.of(Role.APPLY, Role.DOWN).contains(change.role)) {
            for (Role settler : List.of(Role.GUARD, Role.AGENT, Role.ROLLBACK)) {
                wayBack.put(settler, wayBack(change, settler));
            }
        }
        return new Reference(
                before, after, done, done.indexOf("rename journal.json.new COMMITTED"), verification, wayBack);
    }

    private List<String> wayBack(Change change, Role settler) {
        Effects effects = Effects.recorded();
        try (FaultHost host = prepared(change)) {
            assertThatThrownBy(() -> host.play(change.role, change.text, dyingBefore(ASKING)))
                    .isInstanceOf(Death.class);
            host.play(settler, NO_FILE, effects);
        }
        return effects.done();
    }

    /** Nothing after it is done: no handler of failures takes it for one. Only where the effects are counted. */
    private static final class Death extends Error {
        private static final long serialVersionUID = 1L;
    }

    private FaultHost prepared(Change change) {
        FaultHost host = untouched(change);
        if (change.isAnswer()) {
            leftWaiting(host, change);
        }
        return host;
    }

    /** With the file that was applied before. */
    private FaultHost untouched(Change change) {
        int number = hosts.incrementAndGet();
        FaultHost host = FaultHost.up(
                "faults-%d-%d".formatted(ProcessHandle.current().pid(), number), temporary.resolve("disk" + number));
        if (!change.before.isEmpty()) {
            assertThat(host.play(Role.APPLY, change.before, Effects.recorded())).isEqualTo("stays");
        }
        return host;
    }

    /** The command that made it is not needed any more. */
    private static void leftWaiting(FaultHost host, Change change) {
        assertThatThrownBy(() -> host.play(Role.APPLY_AND_WAIT, change.text, dyingBefore("an answer is waited for")))
                .isInstanceOf(Death.class);
    }

    private static Effects dyingBefore(String effect) {
        return Effects.stoppedBefore(effect, () -> {
            throw new Death();
        });
    }

    private static Sight sight(FaultHost host, Change change) {
        return new Sight(host.witness(), host.remembered(), host.plan(change.text));
    }

    /** Some hosts, whose processes die together. */
    private final class Batch {
        private final Victim victim;
        private final List<Row> rows;
        private final List<FaultHost> hosts = new ArrayList<>();
        private final Map<Row, Throwable> failures = new ConcurrentHashMap<>();
        private final Map<Row, String> said = new ConcurrentHashMap<>();

        Batch(Victim victim, List<Row> rows) {
            this.victim = victim;
            this.rows = rows;
        }

        Map<Row, Throwable> run() throws IOException, InterruptedException {
            List<Future<FaultHost>> made = new ArrayList<>();
            rows.forEach(row -> made.add(workers.submit(() -> prepared(row.change()))));
            try {
                for (Future<FaultHost> host : made) {
                    hosts.add(join(host));
                }
                makePipes();
                playAndKill();
                each(this::finish);
                each(this::check);
            } finally {
                for (Future<FaultHost> host : made) {
                    join(host).close();
                }
            }
            return failures;
        }

        private void makePipes() throws IOException, InterruptedException {
            List<String> command = new ArrayList<>(List.of("mkfifo"));
            for (FaultHost host : hosts) {
                command.add(pipe(host));
            }
            assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
                    .isZero();
        }

        private static String pipe(FaultHost host) {
            return host.disk() + ".pipe";
        }

        private void playAndKill() throws IOException, InterruptedException {
            try (FaultProcess command = new FaultProcess();
                    FaultProcess guard = new FaultProcess()) {
                for (int i = 0; i < rows.size(); i++) {
                    Row row = rows.get(i);
                    boolean isGuarded = isGuarded(row);
                    Role.Order order = hosts.get(i).order(row.change().text, isGuarded ? pipe(hosts.get(i)) : "");
                    if (isGuarded) {
                        guard.play(i, Role.GUARD, order, victim == Victim.SETTLING_GUARD ? row.moment() : -1);
                    }
                    command.play(
                            i,
                            row.change().role,
                            order,
                            victim.isSettling() ? references.get(row.change()).verification() : row.moment());
                }
                for (int i = 0; i < rows.size(); i++) {
                    command.awaitMoment(i);
                }
                kill(command, guard);
            }
        }

        /** The answer to a change that waits is watched by the guard of that change, which has no pipe any more. */
        private boolean isGuarded(Row row) {
            return !row.change().isAnswer() && victim != Victim.SETTLING_AGENT && victim != Victim.SETTLING_COMMAND;
        }

        private void kill(FaultProcess command, FaultProcess guard) throws IOException, InterruptedException {
            switch (victim) {
                case COMMAND -> {
                    command.close();
                    for (int i = 0; i < rows.size(); i++) {
                        Row row = rows.get(i);
                        if (row.change().isAnswer()) {
                            guard.play(i, Role.GUARD, hosts.get(i).order(NO_FILE, ""), -1);
                        }
                        if (row.change().isAnswer() || row.moment() > 0) {
                            guard.awaitEnd(i);
                        }
                    }
                }
                case COMMAND_AND_GUARD, ALL_THEN_BOOT, POWER -> {
                    guard.close();
                    command.close();
                }
                case GUARD -> {
                    guard.close();
                    command.goOn();
                    for (int i = 0; i < rows.size(); i++) {
                        said.put(rows.get(i), command.awaitEnd(i));
                    }
                }
                case SETTLING_GUARD -> {
                    command.close();
                    for (int i = 0; i < rows.size(); i++) {
                        guard.awaitMoment(i);
                    }
                    guard.close();
                }
                case SETTLING_AGENT, SETTLING_COMMAND -> {
                    command.close();
                    try (FaultProcess settler = new FaultProcess()) {
                        for (int i = 0; i < rows.size(); i++) {
                            settler.play(
                                    i,
                                    victim.settler(),
                                    hosts.get(i).order(NO_FILE, ""),
                                    rows.get(i).moment());
                        }
                        for (int i = 0; i < rows.size(); i++) {
                            settler.awaitMoment(i);
                        }
                    }
                }
            }
        }

        /** Whoever is left ends the change; where that was the guard or the command, it is ended already. */
        private void finish(Row row, FaultHost host) {
            switch (victim) {
                case COMMAND, GUARD ->
                    assertThat(new StateDirectory(host.disk()).readJournal()).isEmpty();
                case COMMAND_AND_GUARD, SETTLING_GUARD, SETTLING_COMMAND ->
                    host.play(Role.AGENT, NO_FILE, Effects.recorded());
                case SETTLING_AGENT -> host.play(Role.ROLLBACK, NO_FILE, Effects.recorded());
                case ALL_THEN_BOOT -> {
                    boolean waits = new StateDirectory(host.disk())
                            .readJournal()
                            .filter(journal -> journal.phase() == Journal.Phase.WAITING)
                            .isPresent();
                    assertThat(boot(host)).isEqualTo(waits ? 3 : 0);
                    if (waits) {
                        host.play(Role.AGENT, NO_FILE, Effects.recorded());
                    }
                }
                case POWER -> {
                    host.loseAndRegainPower();
                    assertThat(boot(host)).isZero();
                }
            }
        }

        private static int boot(FaultHost host) {
            return host.in(() -> BootedHost.boot(host.disk()));
        }

        private void check(Row row, FaultHost host) {
            Reference reference = references.get(row.change());
            Sight expected = row.stays() ? reference.after() : reference.before();
            host.assertUnlocked();
            assertThat(host.remembered())
                    .as("what is remembered (%s)", said.get(row))
                    .isEqualTo(expected.disk());
            assertThat(Witness.difference(expected.kernel(), host.witness()))
                    .as("the kernel's state")
                    .isEmpty();
            host.assertReachedAt(HOME);
            if (FaultHost.HAS_VLANS) {
                host.assertReachedByNoVlanBut(vlansOf(row.stays() ? row.change().text : row.change().before));
            }
            assertThat(host.plan(row.change().text)).as("the next plan").isEqualTo(expected.plan());
        }

        private static Set<Integer> vlansOf(String file) {
            return VLAN_OF_A_FILE
                    .matcher(file)
                    .results()
                    .map(result -> Integer.valueOf(result.group(1)))
                    .collect(Collectors.toSet());
        }

        private interface Part {
            void run(Row row, FaultHost host);
        }

        private void each(Part part) throws InterruptedException {
            List<Callable<Void>> parts = new ArrayList<>();
            for (int i = 0; i < rows.size(); i++) {
                Row row = rows.get(i);
                FaultHost host = hosts.get(i);
                parts.add(() -> {
                    if (!failures.containsKey(row)) {
                        try {
                            part.run(row, host);
                        } catch (RuntimeException | Error failed) {
                            failures.put(row, failed);
                        }
                    }
                    return null;
                });
            }
            workers.invokeAll(parts);
        }

        private static <T> T join(Future<T> future) throws InterruptedException {
            try {
                return future.get();
            } catch (ExecutionException failed) {
                throw new AssertionError(failed.getCause());
            }
        }
    }
}
