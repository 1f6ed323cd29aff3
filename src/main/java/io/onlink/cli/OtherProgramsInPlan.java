package io.onlink.cli;

import io.onlink.apply.HostChange;
import io.onlink.apply.StateDirectory;
import io.onlink.attach.Endpoint;
import io.onlink.coexistence.Claim;
import io.onlink.coexistence.Instruction;
import io.onlink.coexistence.Instructions;
import io.onlink.coexistence.ManagedLinks;
import io.onlink.coexistence.OtherPrograms;
import io.onlink.coexistence.Program;
import io.onlink.coexistence.Standing;
import io.onlink.coexistence.Survey;
import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The other programs of the host in a plan: who is named, who is told, and by whose consent. Consent is an administrator's
 * yes to a plan that shows it, {@code --release-links}, or one of both for an earlier change.
 */
final class OtherProgramsInPlan {
    private final HostFile file;
    private final Survey survey;
    private final ManagedLinks links;
    private final Standing standing;
    private final boolean releaseLinks;

    private OtherProgramsInPlan(
            HostFile file, Survey survey, ManagedLinks links, Standing standing, boolean releaseLinks) {
        this.file = file;
        this.survey = survey;
        this.links = links;
        this.standing = standing;
        this.releaseLinks = releaseLinks;
    }

    static OtherProgramsInPlan of(HostFile file, StateDirectory directory, boolean releaseLinks) {
        ManagedLinks links = ManagedLinks.of(file, Endpoint.HOST_LINK_PREFIX);
        Survey survey = OtherPrograms.ofThisHost(command -> {}).survey(links);
        return new OtherProgramsInPlan(file, survey, links, directory.readStanding(), releaseLinks);
    }

    /** What {@code down} tells them: all of it undone. */
    static HostChange undone(HostChange change, StateDirectory directory) {
        return change.with(new Instructions(List.of(), directory.readStanding().instructions()));
    }

    /** With all in it that there is to consent to. */
    HostChange with(HostChange change) {
        Set<Program> told = consented();
        survey.withoutConsent(told).forEach(claim -> told.add(claim.program()));
        return change.with(told(change, told));
    }

    /** With no more in it than there is consent to. */
    HostChange withConsentedOnly(HostChange change) {
        return change.with(told(change, consented()));
    }

    /** Nothing is bound to a VRF that is left out. */
    private Instructions told(HostChange change, Set<Program> programs) {
        Instructions all = survey.forOthers(programs, links, standing);
        List<Instruction> release = all.release().stream()
                .filter(told ->
                        told.program() != Program.SYSTEMD || change.desired().link(told.link()) != null)
                .toList();
        return new Instructions(release, all.giveBack());
    }

    /**
     * Where nobody is asked.
     *
     * @throws ConfigurationException naming those that would act and have not been consented to
     */
    void requireConsent() {
        List<Claim> missing = survey.withoutConsent(consented());
        if (missing.isEmpty()) {
            return;
        }
        throw new ConfigurationException(
                "other programs have a hand in the file's links, and nothing was changed:\n%s--release-links has them leave the links alone until 'onlink down' ('onlink plan' shows how); without --yes you are asked"
                        .formatted(String.join(
                                        "\n",
                                        missing.stream()
                                                .map(OtherProgramsInPlan::sentence)
                                                .toList())
                                .indent(2)));
    }

    /**
     * Whoever asked for consent or not: to tell a DHCP client to leave the link alone does not make its address a fixed one.
     *
     * @throws ConfigurationException naming the NICs whose addresses are lent
     */
    void requireFixedAddresses(HostChange change) {
        leased(change).require();
    }

    /**
     * Before anything is touched.
     *
     * @throws ConfigurationException naming the services that cannot be bound to their VRFs
     */
    void requireServices() {
        List<String> refusals = new ArrayList<>();
        OtherPrograms others = OtherPrograms.ofThisHost(command -> {});
        file.vrfs()
                .values()
                .forEach(vrf -> vrf.services()
                        .forEach(service -> others.refusesToBind(service.unit())
                                .ifPresent(refusal -> refusals.add("%s: vrfs.%s.services: %s"
                                        .formatted(service.position(), vrf.name(), refusal)))));
        if (!refusals.isEmpty()) {
            throw new ConfigurationException(refusals);
        }
    }

    /** Who has a hand in the links, what becomes of connections, and what the file's segments cannot do, a line each. */
    List<String> notes(HostChange change) {
        return Stream.of(
                        survey.claims().stream().map(this::note),
                        leased(change).notes().stream(),
                        change.connections().stream(),
                        file.segments().values().stream().flatMap(segment -> segment.warning().stream()))
                .flatMap(notes -> notes)
                .toList();
    }

    private LeasedAddresses leased(HostChange change) {
        return LeasedAddresses.of(file, change.observed(), OtherPrograms.ofThisHost(command -> {})::dhcpClient, survey);
    }

    /** As a program reads them. */
    List<Claim> claims() {
        return survey.claims();
    }

    Standing standingAfter(HostChange change) {
        return change.forOthers().standingAfter(standing);
    }

    private Set<Program> consented() {
        Set<Program> consented = releaseLinks ? EnumSet.allOf(Program.class) : standing.programs();
        // The file itself names the services.
        consented.add(Program.SYSTEMD);
        return consented;
    }

    private String note(Claim claim) {
        boolean untold =
                !claim.acts() && !claim.instructions().isEmpty() && !consented().contains(claim.program());
        return sentence(claim) + (untold ? " (--release-links prevents it)" : "");
    }

    private static String sentence(Claim claim) {
        return claim.program() + " " + claim.what();
    }
}
