package io.onlink.coexistence;

import io.onlink.failure.VerificationException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Finds the other programs of the host, and tells them. What is told is told again without harm: whoever takes a change
 * back needs not know how far it came.
 */
public final class OtherPrograms {
    private static final List<Claimant> CLAIMANTS = List.of(
            new NetworkManagerDevices(),
            new NetworkdLinks(),
            new NetplanFiles(),
            new IfupdownStanzas(),
            new CloudInitNetwork(),
            new FirewallZones(),
            new BoundServices());

    private static final int LOOKS = 50;
    private static final int MILLISECONDS_BETWEEN = 200;

    private final Host host;
    private final Consumer<String> progress;

    OtherPrograms(Host host, Consumer<String> progress) {
        this.host = host;
        this.progress = progress;
    }

    /**
     * Those of the namespaces that this process is in.
     *
     * @param progress told of each command before it is run, as an administrator would type it
     */
    public static OtherPrograms ofThisHost(Consumer<String> progress) {
        return new OtherPrograms(new ThisHost(), progress);
    }

    /** Looks and asks; changes nothing. */
    public Survey survey(ManagedLinks links) {
        return new Survey(CLAIMANTS.stream()
                .flatMap(claimant -> claimant.claim(host, links).stream())
                .toList());
    }

    /** The DHCP client that runs for a link by itself. Looks only. */
    public Optional<DhcpClient> dhcpClient(String link) {
        return DhcpClient.of(link, host);
    }

    /** Why a service cannot be bound to a VRF on this host; empty if it can. Looks only. */
    public Optional<String> refusesToBind(String unit) {
        return BoundServices.refusal(host, unit);
    }

    /**
     * Tells programs to leave links alone, and waits until they do. Services are not bound yet: see {@link #bind}.
     *
     * @throws VerificationException if one cannot be told, or does not obey
     */
    public void release(List<Instruction> all) {
        List<Instruction> instructions =
                all.stream().filter(told -> !BoundServices.isOne(told)).toList();
        if (instructions.isEmpty()) {
            return;
        }
        Instructions.commands(instructions).forEach(progress);
        instructions.forEach(this::tell);
        Set<Service> services = Service.of(instructions);
        for (Service service : services) {
            if (host.runs(service)) {
                require(host.run(service.restart()), service.restart());
                awaitReleased(service, instructions);
            }
        }
    }

    /** The same, with nobody who waits for a word. */
    public void bind(List<Instruction> all) {
        bind(all, () -> {});
    }

    /**
     * Binds services to their VRFs, which are there by now, and starts those anew that run.
     *
     * @param all what is told, of which all else is left out
     * @param beforeEach said before each of them is started anew
     * @throws VerificationException if one does not start
     */
    public void bind(List<Instruction> all, Runnable beforeEach) {
        List<Instruction.WriteFile> drops = BoundServices.among(all).stream()
                .filter(drop -> !host.read(drop.path()).equals(Optional.of(drop.after())))
                .toList();
        Instructions.commands(List.copyOf(drops)).forEach(progress);
        drops.forEach(this::tell);
        BoundServices.restarts(drops).forEach(command -> {
            beforeEach.run();
            require(host.run(command), command);
        });
    }

    /**
     * Undoes it, the last first, and lets programs have their links back.
     *
     * @throws VerificationException if one cannot be told
     */
    public void giveBack(List<Instruction> instructions) {
        if (instructions.isEmpty()) {
            return;
        }
        new Instructions(List.of(), instructions).after().forEach(progress);
        // Not those that were never told: nobody is restarted for nothing.
        List<Instruction.WriteFile> drops = BoundServices.among(instructions).stream()
                .filter(drop -> !host.read(drop.path()).equals(Optional.ofNullable(drop.before())))
                .toList();
        undo(instructions);
        BoundServices.restarts(drops).forEach(command -> require(host.run(command), command));
        for (Service service : Service.of(instructions)) {
            switch (service) {
                case NETWORK_MANAGER -> NetworkManagerDevices.giveBack(host, profiles(instructions));
                case NETWORKD -> {
                    if (host.runs(service)) {
                        require(host.run(service.restart()), service.restart());
                    }
                }
                case FIREWALLD -> {}
            }
        }
    }

    /** Undoes it where the host was restarted since: the programs have started with what was undone by that. */
    public void undo(List<Instruction> instructions) {
        instructions.reversed().forEach(this::undo);
    }

    private static List<Instruction.ResumeProfile> profiles(List<Instruction> instructions) {
        return instructions.stream()
                .filter(Instruction.ResumeProfile.class::isInstance)
                .map(Instruction.ResumeProfile.class::cast)
                .toList();
    }

    private void tell(Instruction instruction) {
        try {
            switch (instruction) {
                case Instruction.WriteFile(var _, var _, String path, var _, FileContent after) ->
                    host.write(path, after);
                case Instruction.BindZone(String link, var _, String to) -> FirewallZones.bind(host, link, to);
                case Instruction.ResumeProfile _ -> {}
            }
        } catch (UncheckedIOException refused) {
            throw cannot(instruction.command(), refused);
        }
    }

    private void undo(Instruction instruction) {
        try {
            switch (instruction) {
                case Instruction.WriteFile(var _, var _, String path, FileContent before, var _) -> {
                    if (before == null) {
                        host.delete(path);
                    } else {
                        host.write(path, before);
                    }
                }
                case Instruction.BindZone(String link, String from, String to) -> {
                    if (from == null) {
                        FirewallZones.unbind(host, link, to);
                    } else {
                        FirewallZones.bind(host, link, from);
                    }
                }
                case Instruction.ResumeProfile _ -> {}
            }
        } catch (UncheckedIOException refused) {
            throw cannot(instruction.undoing(), refused);
        }
    }

    private void awaitReleased(Service service, List<Instruction> instructions) {
        List<Instruction> told = instructions.stream()
                .filter(instruction -> Service.of(List.of(instruction)).contains(service))
                .toList();
        List<String> still = stillManaged(service, told);
        for (int looks = 0; !still.isEmpty(); looks++) {
            if (looks == LOOKS) {
                throw new VerificationException(
                        "%s still manages %s, though it was told not to: another file of its configuration seems to say otherwise (a later 'unmanaged-devices=' without '+', or a .network file that sorts before 00-onlink)"
                                .formatted(service.unit(), Claimant.named(still)));
            }
            pause();
            still = stillManaged(service, told);
        }
    }

    private List<String> stillManaged(Service service, List<Instruction> told) {
        return switch (service) {
            case NETWORK_MANAGER -> NetworkManagerDevices.stillManaged(host, told);
            case NETWORKD -> NetworkdLinks.stillManaged(host, told);
            case FIREWALLD -> List.of();
        };
    }

    private static void pause() {
        try {
            Thread.sleep(MILLISECONDS_BETWEEN);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    static void require(Host.Answer answer, List<String> command) {
        if (!answer.isYes()) {
            throw new VerificationException("'%s' ended with %d: %s"
                    .formatted(
                            String.join(" ", command),
                            answer.exitCode(),
                            answer.output().strip()));
        }
    }

    private static VerificationException cannot(String command, UncheckedIOException refused) {
        return new VerificationException("'%s' is not possible: %s".formatted(command, refused.getCause()), refused);
    }
}
