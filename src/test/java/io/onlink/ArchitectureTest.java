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
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The walls between the rooms of ARCHITECTURE.md: what each package may touch. */
class ArchitectureTest {
    private static final String ROOT = "io.onlink";

    /** Every room there is. A new one is entered here and in ARCHITECTURE.md, in the commit that makes it. */
    private static final Set<String> ROOMS = Set.of(
            "cli",
            "hostfile",
            "model",
            "desired",
            "observe",
            "plan",
            "step",
            "apply",
            "kernel",
            "verify",
            "reconcile",
            "agent",
            "docker",
            "attach",
            "ipam",
            "companion",
            "lab",
            "netlink",
            "nftables",
            "vrf",
            "libc",
            "coexistence",
            "failure");

    private static final JavaClasses PROGRAM = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    @Test
    void theRoomsAreTheOnesOfTheDesign() {
        Set<String> rooms = PROGRAM.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> !name.equals(ROOT))
                .map(name -> name.substring(ROOT.length() + 1).replaceFirst("\\..*", ""))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(ROOMS).containsAll(rooms);
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
        check(dependsOnlyOn("libc", "failure"));
    }

    @Test
    void netlinkKnowsMessagesAndTheModel() {
        check(dependsOnlyOn("netlink", "libc", "model", "failure"));
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
        check(dependsOnlyOn("failure", "model"));
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
        check(dependsOnlyOn("verify", "kernel", "hostfile", "model", "libc", "failure")
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
    void virtualThreadsServeHttpAlone() {
        DescribedPredicate<JavaClass> threads = DescribedPredicate.describe(
                "threads and executors",
                type -> type.isEquivalentTo(Thread.class) || type.isEquivalentTo(Executors.class));
        check(noClasses()
                .that()
                .resideOutsideOfPackages(rooms("docker", "agent"))
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

    /** Some rooms are still empty, so a rule that finds no class holds. */
    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(PROGRAM);
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
        assertThat(ROOMS).contains(name);
        return ROOT + "." + name + "..";
    }
}
