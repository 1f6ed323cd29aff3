package io.onlink.cli;

import io.onlink.apply.HostChange;
import io.onlink.apply.StateDirectory;
import io.onlink.failure.ConfigurationException;
import io.onlink.failure.UnsupportedException;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.Kernel;
import java.util.List;
import java.util.Optional;

/**
 * What a host file asks for on this host, as {@code plan} shows it and {@code apply} makes it.
 *
 * @param change of the host, with what other programs are told
 * @param others who else has a hand in the file's links
 * @param containers what becomes otherwise for containers alone
 * @param networksThatStay those of Docker's that the file has no segment for any more, a sentence each
 * @param refusals why it is not made
 */
record DeclaredChange(
        HostChange change,
        OtherProgramsInPlan others,
        List<ContainersInPlan.Change> containers,
        List<String> networksThatStay,
        Refusals refusals) {
    /**
     * Reads the host; changes nothing.
     *
     * @throws ConfigurationException if the file does not fit the host or what other programs do there
     * @throws UnsupportedException if it asks for what the kernel cannot do
     */
    static DeclaredChange of(HostFile file, OtherProgramsInPlan others, Kernel kernel, ChangeOptions options) {
        StateDirectory directory = options.stateDirectory();
        HostChange change = others.with(HostChange.to(file, kernel, directory.readFound(), options.skipUnsupported()));
        others.requireFixedAddresses(change);
        others.requireServices();
        HostFile before = applied(directory).orElse(file);
        return new DeclaredChange(
                change,
                others,
                ContainersInPlan.between(before, file),
                AttachedContainers.networksThatStay(before, file),
                Refusals.of(change, file, options.allowDisconnect())
                        .and(AttachedContainers.of(directory, change, before, file)
                                .refusals(options.force())));
    }

    /** The file that holds now; empty also where it cannot be read: a damaged one is mended by applying anew. */
    private static Optional<HostFile> applied(StateDirectory directory) {
        try {
            return directory
                    .readApplied()
                    .map(text -> HostFile.parse(directory.appliedFile().toString(), text));
        } catch (ConfigurationException damaged) {
            return Optional.empty();
        }
    }

    /** What an administrator has to know of other programs, connections and segments, a line each. */
    List<String> notes() {
        return others.notes(change);
    }

    /** Whether it changes neither the host nor anything for containers. */
    boolean isEmpty() {
        return change.isEmpty() && containers.isEmpty();
    }
}
