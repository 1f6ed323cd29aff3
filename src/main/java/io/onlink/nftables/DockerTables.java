package io.onlink.nftables;

import io.onlink.failure.KernelException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Lets frames that stay on a segment's bridge pass the firewall of an engine that writes nftables itself
 * ({@code --firewall-backend=nftables}, Engine 29): where br_netfilter hands it bridged frames, and it has closed its chain
 * {@code filter-FORWARD}, they are dropped like routed packets that nobody expects. An accept in a table of our own would not
 * overrule that, and the engine keeps no chain for others there as it does in iptables: so the rule stands at the end of
 * its own. It makes its tables anew when it starts. For any platform thread.
 */
public final class DockerTables implements AutoCloseable {
    /** Their name, of the families ip and ip6 (moby, nftabler.go). */
    static final String NAME = "docker-bridges";

    private static final Logger log = LoggerFactory.getLogger(DockerTables.class);

    private static final List<String> CHAINS =
            List.of("ip docker-bridges filter-FORWARD", "ip6 docker-bridges filter-FORWARD");

    /** Of packets that are routed, and of frames that br_netfilter shows. */
    private static final Set<String> FAMILIES = Set.of("ip", "ip6", "inet");

    private static final Set<String> HOOKS = Set.of("prerouting", "forward", "postrouting");

    /** What iptables-nft makes is read by iptables-save. */
    private static final Set<String> OWN_OR_READ_ELSEWHERE =
            Set.of(NAME, "onlink", "raw", "mangle", "nat", "filter", "security");

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Nftables nftables;

    private DockerTables(Nftables nftables) {
        this.nftables = nftables;
    }

    /** Opens in the calling thread's network namespace and changes nothing; empty where libnftables is not installed. */
    public static Optional<DockerTables> open() {
        return Nftables.openIfInstalled().map(DockerTables::new);
    }

    /**
     * Puts the rules in that are missing, where the chain is closed. Idempotent; to be called again when somebody changed the tables.
     *
     * @throws KernelException if the kernel refuses
     */
    public void ensure(Collection<String> bridges) {
        for (String chain : CHAINS) {
            List<JsonNode> listed = list(chain);
            boolean isClosed = listed.stream()
                    .anyMatch(object ->
                            object.path("chain").path("policy").asString("").equals("drop"));
            for (String bridge : bridges) {
                if (isClosed && handles(listed, bridge).isEmpty()) {
                    String rule = "add rule %1$s iifname \"%2$s\" oifname \"%2$s\" accept comment \"%3$s\""
                            .formatted(chain, bridge, comment(bridge));
                    nftables.run(rule, "let frames that stay on " + bridge + " pass Docker's firewall");
                    log.info("frames that stay on {} pass Docker's firewall: nft '{}'", bridge, rule);
                }
            }
        }
    }

    /** Takes the rules out again. Idempotent. */
    public void remove(Collection<String> bridges) {
        for (String chain : CHAINS) {
            List<JsonNode> listed = list(chain);
            for (String bridge : bridges) {
                handles(listed, bridge)
                        .forEach(handle -> nftables.run(
                                "delete rule %s handle %d".formatted(chain, handle),
                                "take the rule for %s out of Docker's firewall".formatted(bridge)));
            }
        }
    }

    /**
     * The first chain of others' that frames which stay on a bridge would miss if br_netfilter did not show them: one in a hook that
     * they pass, of a table that is neither iptables' nor the engine's nor ours.
     *
     * @throws KernelException if the kernel refuses
     */
    public Optional<String> chainOfOthers() {
        for (JsonNode object : objects(nftables.list("chains"))) {
            JsonNode chain = object.path("chain");
            String family = chain.path("family").asString("");
            String table = chain.path("table").asString("");
            if (HOOKS.contains(chain.path("hook").asString(""))
                    && FAMILIES.contains(family)
                    && !OWN_OR_READ_ELSEWHERE.contains(table)) {
                return Optional.of("nft chain %s %s %s"
                        .formatted(family, table, chain.path("name").asString("")));
            }
        }
        return Optional.empty();
    }

    private static String comment(String bridge) {
        return "Onlink: stays on " + bridge;
    }

    private static List<Long> handles(List<JsonNode> listed, String bridge) {
        return listed.stream()
                .map(object -> object.path("rule"))
                .filter(rule -> rule.path("comment").asString("").equals(comment(bridge)))
                .map(rule -> rule.path("handle").asLong())
                .toList();
    }

    private List<JsonNode> list(String chain) {
        return nftables.listIfThere("chain " + chain).map(DockerTables::objects).orElse(List.of());
    }

    private static List<JsonNode> objects(String listed) {
        try {
            List<JsonNode> objects = new ArrayList<>();
            JSON.readTree(listed).path("nftables").forEach(objects::add);
            return objects;
        } catch (JacksonException unreadable) {
            throw new KernelException("list chains", 0, "not JSON: " + unreadable.getMessage(), unreadable);
        }
    }

    @Override
    public void close() {
        nftables.close();
    }
}
