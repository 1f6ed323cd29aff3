package io.onlink.lab;

import io.onlink.failure.ConfigurationException;
import io.onlink.failure.KernelException;
import io.onlink.lab.LabState.MemberState;
import io.onlink.libc.Descriptor;
import io.onlink.libc.MountNamespace;
import io.onlink.libc.NetworkNamespace;
import io.onlink.libc.SystemCallException;
import io.onlink.netlink.NetlinkException;
import io.onlink.step.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A throwaway LAN that stands, is to stand, or stood. Labs of different names do not touch one another; {@link #up} and
 * {@link #down} of all processes on the machine take their turns. Needs root.
 */
public final class Lab {
    private static final Path RUN = Path.of("/run/onlink-lab");

    /** Not of the same name as the other: by it the processes that have a disk mounted are known. */
    private static final Path DISKS = Path.of("/var/tmp/onlink-lab-disks");

    /** How the file ends by which the process is known that a lab is for. */
    private static final String OWNER = ".owner";

    /** By this process. */
    private static final Set<String> OWNED = ConcurrentHashMap.newKeySet();

    private static final String NAME = "[a-z0-9][a-z0-9-]{0,39}";

    private final String name;

    private Lab(String name) {
        this.name = name;
    }

    /**
     * The lab of this name, whether or not it stands.
     *
     * @throws ConfigurationException if this is no name for a lab
     */
    public static Lab named(String name) {
        if (!name.matches(NAME)) {
            throw new ConfigurationException(
                    "'" + name + "' is no name for a lab: it has up to 40 of a-z, 0-9 and '-', and no '-' in front");
        }
        return new Lab(name);
    }

    /** The lab that a host file has when nobody names another: called after the file, and different for each path. */
    public static Lab of(Path file) {
        String path = real(file).toString();
        String stem = Objects.requireNonNull(file.getFileName(), "a file has a name")
                .toString()
                .toLowerCase(Locale.ROOT)
                .replaceFirst("\\.ya?ml$", "")
                .replaceAll("[^a-z0-9]+", "-")
                .replaceAll("^-|-$", "");
        String shortened = stem.substring(0, Math.min(20, stem.length()));
        return new Lab((shortened.isEmpty() ? "lab" : shortened) + "-" + digest(path));
    }

    /** All labs of this machine, those that are left half made too, by name. */
    public static List<LabState> list() {
        if (!Files.isDirectory(RUN)) {
            return List.of();
        }
        try (Stream<Path> directories = Files.list(RUN)) {
            return directories
                    .filter(Files::isDirectory)
                    .sorted()
                    .flatMap(directory -> LabState.read(directory.resolve("state.json")).stream())
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException("Cannot list " + RUN, unreadable);
        }
    }

    public String name() {
        return name;
    }

    /** What stands of it; empty if nothing does. */
    public Optional<LabState> state() {
        return LabState.read(stateFile());
    }

    /** From now on it is for this process, and whoever makes a lab after its death takes this one away. */
    LabOwner own() {
        create(RUN);
        OWNED.add(name);
        return LabOwner.thisProcess(ownerFile());
    }

    private Path ownerFile() {
        return RUN.resolve(name + OWNER);
    }

    /** Takes away the labs whose owner was killed. What that refuses is left for the next. */
    static void takeAwayOrphans() {
        if (!Files.isDirectory(RUN)) {
            return;
        }
        try (Stream<Path> files = Files.list(RUN)) {
            List<String> names = files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(OWNER))
                    .map(file -> file.substring(0, file.length() - OWNER.length()))
                    .filter(name -> name.matches(NAME) && !OWNED.contains(name))
                    .toList();
            for (String name : names) {
                Lab lab = new Lab(name);
                attempt(new ArrayList<>(), () -> LabOwner.ifDead(lab.ownerFile(), lab::down));
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException("Cannot list " + RUN, unreadable);
        }
    }

    /**
     * Makes the lab. If that fails, what was made is taken away again.
     *
     * @param file the host file the topology was made from; the host finds it as {@code /etc/onlink/host.yaml}
     * @throws ConfigurationException if it stands already, or an interrupted run left something of it
     */
    public LabState up(Path file, Topology topology) {
        takeAwayOrphans();
        return alone(() -> {
            refuseLeftover(file);
            LabState planned = planned(file, topology);
            refuseTakenNames(planned);
            create(RUN.resolve(name));
            planned.write(stateFile());
            try {
                make(file, topology);
            } catch (RuntimeException failure) {
                try {
                    remove(planned);
                } catch (RuntimeException alsoFailed) {
                    failure.addSuppressed(alsoFailed);
                }
                throw failure;
            }
            LabState complete = planned.completed();
            complete.write(stateFile());
            return complete;
        });
    }

    /**
     * A loss of power at the host: its processes are gone as by SIGKILL, with them its network namespace and what was in
     * memory; it comes up again with its NICs plugged in and configured as by {@link #up}, and its disk as it was. One
     * that is killed in the middle leaves the lab half made, for {@link #down}.
     *
     * @param topology the one that the lab was made with
     * @throws ConfigurationException if the lab does not stand, or was made with another
     */
    public LabState reboot(Topology topology) {
        return alone(() -> {
            LabState state = standing();
            Member host = topology.member(Member.HOST);
            if (!state.member(Member.HOST).equals(Optional.of(planned(host)))) {
                throw new ConfigurationException(
                        "The file has other addresses than the lab '%s' was made with: take it down, and make it anew"
                                .formatted(name));
            }
            state.halfMade().write(stateFile());
            powerOff();
            powerOn(host, topology);
            state.write(stateFile());
            return state;
        });
    }

    private void powerOff() {
        NetworkNamespace host = namespace(Member.HOST);
        new Residents(List.of(host.path()), disk()).kill();
        mounts().delete();
        // Not left to the kernel, which takes its time: the switches' ports are free at once.
        Cabling.cut(host);
    }

    private void powerOn(Member host, Topology topology) {
        NetworkNamespace namespace = namespace(Member.HOST);
        // Held until the new one is there: the kernel gives numbers of namespaces out again, and before Linux 5.14 the
        // journal of a change knows by the number alone that the kernel it was about is no more.
        try (Descriptor _ = namespace.open()) {
            namespace.delete();
            NetworkNamespace.create(namespaceOf(Member.HOST));
        }
        Cabling.in(namespace, kernel -> host.before().forEach(kernel::perform));
        topology.cables().stream()
                .filter(cable -> cable.machine().equals(Member.HOST))
                .forEach(cable -> {
                    Cabling.plug(cable, namespace(cable.network()), namespace);
                    List<Step> plugged = topology.member(cable.network())
                            .stepsFor(cable.port().name());
                    Cabling.in(namespace(cable.network()), kernel -> plugged.forEach(kernel::perform));
                });
        Cabling.in(namespace, kernel -> host.after().forEach(kernel::perform));
        new HostDisk(disk()).mount(mounts().directory(), namespace);
        Cabling.awaitAddresses(namespace);
    }

    /**
     * Ends what runs in the lab and takes away all of it, half made or whole.
     *
     * @return whether there was anything
     */
    public boolean down() {
        return alone(() -> {
            Optional<LabState> state = state();
            state.ifPresent(this::remove);
            return state.isPresent();
        });
    }

    /**
     * The command that runs another in a member, by nsenter(1). In {@code host} it is among the host's files too, and
     * knows nothing of an engine outside.
     *
     * @param directory where to run it
     * @throws ConfigurationException if the lab does not stand or has no such member
     */
    public List<String> command(String memberName, Path directory, List<String> command) {
        LabState state = standing();
        MemberState member = state.member(memberName)
                .orElseThrow(() -> new ConfigurationException("The lab '%s' has no member '%s', only %s"
                        .formatted(name, memberName, String.join(", ", state.memberNames()))));
        List<String> words = new ArrayList<>();
        words.add("nsenter");
        words.add("--net=" + NetworkNamespace.named(member.namespace()).path());
        if (memberName.equals(Member.HOST)) {
            words.add("--mount=" + mounts().path());
            // The host's /run is another one.
            Path there = directory.startsWith("/run") ? Path.of("/") : directory;
            words.addAll(List.of("env", "--chdir=" + there, "--unset=DOCKER_HOST", "--unset=DOCKER_CONTEXT"));
        }
        words.addAll(command);
        return words;
    }

    private LabState standing() {
        return state().filter(LabState::complete)
                .orElseThrow(() ->
                        new ConfigurationException("There is no lab '" + name + "': onlink lab up FILE makes it"));
    }

    private LabState planned(Path file, Topology topology) {
        List<MemberState> members =
                topology.members().stream().map(this::planned).toList();
        return new LabState(name, real(file).toString(), false, members);
    }

    private MemberState planned(Member member) {
        return new MemberState(
                member.name(),
                member.purpose(),
                namespaceOf(member.name()),
                member.addresses().stream().map(Object::toString).toList());
    }

    private void refuseLeftover(Path file) {
        state().ifPresent(state -> {
            throw new ConfigurationException("The lab '%s' %s: onlink lab down --name %s %s takes it away"
                    .formatted(name, state.complete() ? "is up" : "was left half made", name, file));
        });
    }

    /** They are not in our books, so they are not ours to delete. */
    private static void refuseTakenNames(LabState planned) {
        for (MemberState member : planned.members()) {
            NetworkNamespace namespace = NetworkNamespace.named(member.namespace());
            if (namespace.exists()) {
                throw new ConfigurationException(
                        ("There is a network namespace %s already, which this lab did not make."
                                        + " Take another --name, or, if it is not needed: ip netns delete %s")
                                .formatted(namespace, namespace));
            }
        }
    }

    private void make(Path file, Topology topology) {
        try {
            for (Member member : topology.members()) {
                NetworkNamespace namespace = NetworkNamespace.create(namespaceOf(member.name()));
                Cabling.in(namespace, kernel -> member.before().forEach(kernel::perform));
            }
            topology.cables()
                    .forEach(cable -> Cabling.plug(cable, namespace(cable.network()), namespace(cable.machine())));
            for (Member member : topology.members()) {
                Cabling.in(namespace(member.name()), kernel -> member.after().forEach(kernel::perform));
            }
            HostDisk disk = new HostDisk(disk());
            disk.make(Files.readAllBytes(file));
            disk.mount(mounts().directory(), namespace(Member.HOST));
            Cabling.awaitAddresses(namespace(Member.HOST));
        } catch (IOException unreadable) {
            throw new UncheckedIOException("Cannot read " + file, unreadable);
        }
    }

    /** As much as possible, and every failure reported. */
    private void remove(LabState state) {
        List<RuntimeException> failures = new ArrayList<>();
        List<NetworkNamespace> namespaces = state.members().stream()
                .map(member -> NetworkNamespace.named(member.namespace()))
                .filter(NetworkNamespace::exists)
                .toList();
        attempt(
                failures,
                new Residents(namespaces.stream().map(NetworkNamespace::path).toList(), disk())::kill);
        attempt(failures, mounts()::delete);
        for (NetworkNamespace namespace : namespaces) {
            // Others may hold copies of the namespace's mount, as an engine with mounts of its own does: the namespace
            // then lives on, but empty.
            attempt(failures, () -> Cabling.cut(namespace));
            attempt(failures, namespace::delete);
        }
        attempt(failures, new HostDisk(disk())::delete);
        if (!failures.isEmpty()) {
            KernelException failure = new KernelException(
                    "taking away the lab '" + name + "'",
                    0,
                    String.join("; ", failures.stream().map(Lab::text).toList())
                            + ". What is left can be tried again: onlink lab down --name " + name + " "
                            + state.file());
            failures.forEach(failure::addSuppressed);
            throw failure;
        }
        try {
            Files.deleteIfExists(stateFile());
            Files.deleteIfExists(RUN.resolve(name));
            Files.deleteIfExists(DISKS);
        } catch (DirectoryNotEmptyException otherLabs) {
            return;
        } catch (IOException refused) {
            throw new UncheckedIOException("Cannot delete " + RUN.resolve(name), refused);
        }
    }

    /** Labs come and go one after the other, whoever asks; the kernel drops the lock with the process. */
    private <T> T alone(Supplier<T> work) {
        synchronized (Lab.class) {
            create(RUN);
            try (FileChannel file =
                    FileChannel.open(RUN.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                // Closing the file unlocks it.
                file.lock();
                return work.get();
            } catch (AccessDeniedException refused) {
                throw notRoot(refused);
            } catch (SystemCallException refused) {
                throw failed(refused.errno().number(), refused);
            } catch (NetlinkException | IOException | UncheckedIOException refused) {
                throw failed(0, refused);
            }
        }
    }

    private KernelException failed(int errno, Exception refused) {
        return new KernelException("The lab '" + name + "' cannot be changed", errno, text(refused), refused);
    }

    private static KernelException notRoot(AccessDeniedException refused) {
        String reason = "permission denied; only root can make a lab, so try it with sudo";
        return new KernelException("writing to " + refused.getFile(), 0, reason, refused);
    }

    NetworkNamespace namespace(String member) {
        return NetworkNamespace.named(namespaceOf(member));
    }

    private String namespaceOf(String member) {
        return "onlink-" + name + "-" + member;
    }

    private Path stateFile() {
        return RUN.resolve(name).resolve("state.json");
    }

    private MountNamespace mounts() {
        return new MountNamespace(RUN.resolve(name).resolve("host"));
    }

    private Path disk() {
        return DISKS.resolve(name);
    }

    private static void create(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (AccessDeniedException notRoot) {
            throw new KernelException(
                    "making " + directory,
                    0,
                    "permission denied; only root can make a lab, so try it with sudo",
                    notRoot);
        } catch (IOException refused) {
            throw new UncheckedIOException("Cannot create " + directory, refused);
        }
    }

    private static void attempt(List<RuntimeException> failures, Runnable part) {
        try {
            part.run();
        } catch (RuntimeException failure) {
            failures.add(failure);
        }
    }

    private static String text(Throwable failure) {
        Throwable cause = failure.getCause();
        return cause == null ? String.valueOf(failure.getMessage()) : failure.getMessage() + " (" + cause + ")";
    }

    private static Path real(Path file) {
        try {
            return file.toRealPath();
        } catch (IOException unreadable) {
            throw new ConfigurationException("There is no host file " + file + " that can be read", unreadable);
        }
    }

    private static String digest(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 3);
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java has SHA-256", impossible);
        }
    }
}
