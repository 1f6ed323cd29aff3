package io.onlink.kernel;

import io.onlink.failure.KernelException;
import io.onlink.model.BridgePort;
import io.onlink.model.Firewall;
import io.onlink.model.Link;
import io.onlink.model.LinkStatus;
import io.onlink.model.NetworkState;
import io.onlink.step.Feature;
import io.onlink.step.Step;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The network of one namespace. Used by one thread at a time; {@link #perform} by the single writer
 * only. An implementation belongs to the namespace of the thread that made it.
 */
public interface Kernel {
    /**
     * Reads everything that a {@link NetworkState} holds, as one consistent dump each; an interrupted
     * dump is read again.
     *
     * @throws KernelException if the kernel refuses, or a dump is interrupted again and again
     */
    NetworkState observe();

    /** One link as {@link #observe} would have it, however many others there are; null where there is none of the name. */
    default @Nullable Link link(String name) {
        return observe().link(name);
    }

    /** A link as a bridge's port; null where there is no link of the name, or it is no bridge's. */
    @Nullable
    BridgePort port(String link);

    /** The name of the link with a number of the kernel's ({@link LinkStatus#index}); empty if it is gone. */
    default Optional<String> nameOfLink(int index) {
        return observe().status().entrySet().stream()
                .filter(link -> link.getValue().index() == index)
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /**
     * Does one step. Not idempotent: a link that is there already, or an address that is gone already,
     * is an error, since then what the plan was made from is no longer so.
     *
     * @throws KernelException if the kernel refuses; then nothing was changed
     */
    void perform(Step step);

    /**
     * Deletes links, and what goes with each: a veth's other side, the place in a bridge. Those that are gone already are passed over,
     * so it is idempotent. For links that Onlink made; a NIC stays, and may leave the others undeleted.
     *
     * @throws KernelException if the kernel refuses; then some may be there still
     */
    default void deleteLinks(Collection<String> names) {
        for (String name : names) {
            Link link = link(name);
            if (link == null) {
                continue;
            }
            if (link.isUp()) {
                perform(new Step.SetUp(name, false));
            }
            if (link.master() != null) {
                perform(new Step.SetMaster(name, link.master(), null));
            }
            perform(new Step.DeleteLink(link));
        }
    }

    /** Whether the kernel can make links of a kind ({@code "vrf"}); found out without leaving a trace. */
    boolean supportsLinkKind(String kind);

    /** Why the kernel cannot have this firewall; empty if it can. Found out without leaving a trace. */
    Optional<String> refusalOf(Firewall firewall);

    /** What the kernel can do of what plans can do without; found out without leaving a trace. */
    Set<Feature> features();
}
