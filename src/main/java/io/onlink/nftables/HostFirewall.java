package io.onlink.nftables;

import io.onlink.failure.KernelException;
import io.onlink.libc.NetworkNamespace;
import io.onlink.libc.NftablesLibrary;
import io.onlink.model.Firewall;
import io.onlink.step.FirewallTable;
import io.onlink.step.Step;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The table {@code inet onlink} of a network namespace: the firewall of the host itself. What is written is what the step
 * prints; what is read is the table's own content. For any platform thread.
 */
public final class HostFirewall implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** As the library lists the rules that Onlink writes; the same in every namespace. Null until it was needed. */
    private static volatile @Nullable String rulesAsListed;

    private final Nftables nftables;

    private HostFirewall(Nftables nftables) {
        this.nftables = nftables;
    }

    /** Opens in the calling thread's network namespace and changes nothing; empty where libnftables is not installed. */
    public static Optional<HostFirewall> open() {
        return Nftables.openIfInstalled().map(HostFirewall::new);
    }

    /**
     * Why there can be none of these; empty if there can. Tries it in the calling thread's network namespace, which nobody
     * else uses.
     */
    public static Optional<String> refusalOf(Firewall firewall) {
        Optional<HostFirewall> trial = open();
        if (trial.isEmpty()) {
            return Optional.of("%s is not installed; install libnftables1 (Debian) or nftables (RHEL)"
                    .formatted(NftablesLibrary.NAME));
        }
        if (!firewall.isThere()) {
            return Optional.empty();
        }
        try (HostFirewall table = trial.get()) {
            table.change(new Step.SetFirewall(Firewall.NONE, firewall));
            Firewall read = table.read();
            return read.equals(firewall)
                    ? Optional.empty()
                    : Optional.of("what this version of nftables lists is not what it was told: " + read);
        } catch (KernelException refused) {
            return Optional.of(String.valueOf(refused.getMessage()));
        }
    }

    /**
     * What is in the table now; {@link Firewall#NONE} where there is none.
     *
     * @throws KernelException if the kernel refuses
     */
    public Firewall read() {
        return list().map(table -> new ListedFirewall(table).firewall(rulesAsListed()))
                .orElse(Firewall.NONE);
    }

    /**
     * Makes the change, wholly or not at all.
     *
     * @throws KernelException if the kernel refuses, as where the table is not what the step says
     */
    public void change(Step.SetFirewall change) {
        nftables.run(change.commands(), "change the host's firewall");
    }

    /** How many packets were not let in, by the link's name, since the table is there. */
    public Map<String, Long> refused() {
        return list().map(table -> new ListedFirewall(table).refused()).orElseGet(TreeMap::new);
    }

    private Optional<JsonNode> list() {
        try {
            Optional<String> listed = nftables.listIfThere("table " + FirewallTable.TABLE);
            return listed.map(JSON::readTree);
        } catch (JacksonException unreadable) {
            throw new KernelException(
                    "list table " + FirewallTable.TABLE, 0, "not JSON: " + unreadable.getMessage(), unreadable);
        }
    }

    /** Versions of the library differ in how they list the same: so this one is asked, where it disturbs nobody. */
    private static String rulesAsListed() {
        String known = rulesAsListed;
        if (known == null) {
            known = NetworkNamespace.callInNew(() -> {
                try (HostFirewall trial = open().orElseThrow()) {
                    trial.nftables.run(FirewallTable.rules(), "try the rules of the host's firewall");
                    return new ListedFirewall(trial.list().orElseThrow()).rules();
                }
            });
            rulesAsListed = known;
        }
        return known;
    }

    @Override
    public void close() {
        nftables.close();
    }
}
