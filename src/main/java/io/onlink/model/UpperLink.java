package io.onlink.model;

import org.jspecify.annotations.Nullable;

/** A link that sends and receives by another one: its upper device, in the kernel's words. It goes with that one. */
public sealed interface UpperLink extends Link permits Vlan, Macvlan, Ipvlan {
    /** The link it lies on ({@code ip link add link PARENT …}); null where that is in another network namespace. */
    @Nullable
    String parent();

    /** The same where its parent has another name. */
    UpperLink withParent(String newParent);
}
