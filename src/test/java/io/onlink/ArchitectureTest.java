package io.onlink;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.elements.ClassesShouldConjunction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The walls between the rooms: what each package may touch. The table of ARCHITECTURE.md says it, and is read here, so that it stays
 * true; the rules below say what no edit of the table is to change, and why.
 */
class ArchitectureTest {
    private static final String ROOT = "io.onlink";

    /** A row of the table in ARCHITECTURE.md: floor, room, what it holds, what it may touch. */
    private static final Pattern ROW = Pattern.compile("\\| (\\d+) \\| `(\\w+)` \\|.*\\| ([^|]+) \\|");

    private static final Pattern COMMA = Pattern.compile(", ");

    private static final Map<String, Room> ROOMS = rooms();

    private static final JavaClasses PROGRAM = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    /**
     * A room as ARCHITECTURE.md has it.
     *
     * @param floor from 1, the lowest
     * @param touches the other rooms that its classes depend on
     */
    private record Room(int floor, Set<String> touches) {}

    @Test
    void eachRoomTouchesWhatItsRowSaysAndNoMore() {
        Map<String, Set<String>> touched = new TreeMap<>();
        for (JavaClass type : PROGRAM) {
            String room = roomOf(type);
            if (!room.isEmpty()) {
                Set<String> others = touched.computeIfAbsent(room, _ -> new TreeSet<>());
                type.getDirectDependenciesFromSelf().stream()
                        .map(dependency -> roomOf(dependency.getTargetClass()))
                        .filter(other -> !other.isEmpty() && !other.equals(room) && !other.equals("failure"))
                        .forEach(others::add);
            }
        }
        Map<String, Set<String>> declared = new TreeMap<>();
        ROOMS.forEach((name, room) -> declared.put(name, room.touches()));
        assertThat(touched).containsExactlyInAnyOrderEntriesOf(declared);
    }

    @Test
    void aRoomTouchesLowerFloorsAlone() {
        assertThat(ROOMS)
                .allSatisfy((name, room) -> assertThat(room.touches())
                        .allSatisfy(
                                other -> assertThat(ROOMS.get(other).floor()).isLessThan(room.floor())));
    }

    @Test
    void foreignMemoryIsTouchedInLibcAlone() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage(room("libc"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign..")
                .because("one room knows C's layouts, life times and errno; the others hand it bytes"));
    }

    @Test
    void libcKnowsNothingOfNetworks() {
        check(dependsOnlyOn("libc"));
    }

    @Test
    void netlinkKnowsMessagesAndTheModel() {
        check(dependsOnlyOn("netlink", "libc", "model"));
    }

    @Test
    void nftablesKnowsItsLibraryTheModelAndWhatStepsSay() {
        check(classes()
                .that()
                .resideInAPackage(room("nftables"))
                .should()
                .onlyDependOnClassesThat(inRooms("nftables", "libc", "model", "step", "failure")
                        .or(javaItself())
                        .or(resideInAnyPackage("tools.jackson.."))));
    }

    @Test
    void theModelDependsOnNothing() {
        check(dependsOnlyOn("model")
                .because("every room speaks in its words, and it must be testable without any of them"));
    }

    @Test
    void aFailureKnowsNoRoom() {
        check(dependsOnlyOn("failure"));
    }

    @Test
    void theKernelsContractSpeaksOfModelAndStepOnly() {
        check(classes()
                .that()
                .haveFullyQualifiedName(ROOT + ".kernel.Kernel")
                .should()
                .onlyDependOnClassesThat(
                        inRooms("kernel", "model", "step", "failure").or(javaItself()))
                .because("the fake kernel of the tests must be able to keep the same contract"));
    }

    @Test
    void decidingIsFreeOfDoing() {
        check(noClasses()
                .that()
                .resideInAnyPackage(rooms("plan", "desired", "step", "hostfile"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(rooms(
                        "netlink",
                        "nftables",
                        "libc",
                        "docker",
                        "agent",
                        "cli",
                        "kernel",
                        "verify",
                        "apply",
                        "attach",
                        "lab"))
                .because("a plan is a value: made, printed and tested without a kernel or an engine"));
    }

    @Test
    void onlyTheCommandLineKnowsTheCommandLine() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage(room("cli"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(room("cli")));
    }

    @Test
    void thePluginsReachTheKernelThroughItsContract() {
        check(noClasses()
                .that()
                .resideInAnyPackage(rooms("docker", "ipam"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(rooms("netlink", "nftables", "libc")));
    }

    @Test
    void otherProgramsAreKnownByTheirFilesAndCommandsAlone() {
        check(dependsOnlyOn("coexistence", "hostfile", "model", "failure")
                .because("what others are told stays when the kernel's way back is taken twice"));
    }

    @Test
    void programsInAVrfAreBoundByTheKernelAlone() {
        check(dependsOnlyOn("vrf", "libc", "failure")
                .because("who is bound, to what, is for the host file and the engine's labels to say"));
    }

    @Test
    void verificationDecidesNothing() {
        check(dependsOnlyOn("verify", "frame", "kernel", "hostfile", "model", "libc", "failure")
                .because("it must not share a mistake with the plan that it judges"));
    }

    @Test
    void theReconcilerAsksNoEngine() {
        check(noClasses()
                .that()
                .resideInAPackage(room("reconcile"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(rooms("docker", "ipam", "companion", "agent"))
                .because("the host is put right while the engine hangs, too"));
    }

    @Test
    void noThreadIsVirtual() {
        DescribedPredicate<JavaClass> threads = DescribedPredicate.describe(
                "threads and executors",
                type -> type.isEquivalentTo(Thread.class) || type.isEquivalentTo(Executors.class));
        check(noClasses()
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "a virtual thread is made",
                        call -> threads.test(call.getTargetOwner())
                                && call.getName().matches("ofVirtual|startVirtualThread|newVirtualThread.*")))
                .because("setns in a virtual thread moves its carrier, and later virtual threads run in that"
                        + " namespace; a blocking native call takes the carrier away from all others"));
    }

    @Test
    void theRoomsFormNoCycle() {
        check(slices().matching(ROOT + ".(*)..").should().beFreeOfCycles());
    }

    @Test
    void noNameIsADrawer() {
        check(noClasses()
                .should()
                .haveNameMatching(".*(Util|Utils|Helper|Helpers|Manager|Impl)(\\$.*)?")
                .because("a class is named for what it is"));
    }

    private static void check(ArchRule rule) {
        rule.check(PROGRAM);
    }

    /** A low room may use the named ones, Java, the null annotations and the log: no other library. */
    private static ClassesShouldConjunction dependsOnlyOn(String room, String... others) {
        return classes()
                .that()
                .resideInAPackage(room(room))
                .should()
                .onlyDependOnClassesThat(inRooms(others).or(inRooms(room)).or(javaItself()));
    }

    private static DescribedPredicate<JavaClass> javaItself() {
        return resideInAnyPackage("java..", "org.jspecify.annotations..", "org.slf4j..")
                .or(DescribedPredicate.describe(
                        "primitives", type -> type.getBaseComponentType().isPrimitive()));
    }

    private static DescribedPredicate<JavaClass> inRooms(String... names) {
        return resideInAnyPackage(rooms(names));
    }

    private static String[] rooms(String... names) {
        return Arrays.stream(names).map(ArchitectureTest::room).toArray(String[]::new);
    }

    /** Looked up, so that a misspelt room is an error and not a rule that always holds. */
    private static String room(String name) {
        assertThat(ROOMS).containsKey(name);
        return ROOT + "." + name + "..";
    }

    /** Empty of what is in none. */
    private static String roomOf(JavaClass type) {
        String inside = type.getPackageName() + ".";
        return inside.startsWith(ROOT + ".")
                ? inside.substring(ROOT.length() + 1).replaceFirst("\\..*", "")
                : "";
    }

    private static Map<String, Room> rooms() {
        Map<String, Room> rooms = new TreeMap<>();
        read(Path.of("ARCHITECTURE.md"))
                .lines()
                .map(ROW::matcher)
                .filter(Matcher::matches)
                .forEach(row -> {
                    String touches = row.group(3);
                    rooms.put(
                            row.group(2),
                            new Room(
                                    Integer.parseInt(row.group(1)),
                                    touches.equals("nothing")
                                            ? Set.of()
                                            : Set.copyOf(
                                                    COMMA.splitAsStream(touches).toList())));
                });
        return rooms;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
