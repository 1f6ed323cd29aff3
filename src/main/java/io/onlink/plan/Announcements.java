package io.onlink.plan;

import io.onlink.model.Address;
import io.onlink.model.Family;
import io.onlink.model.Link;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.step.Step;
import java.util.HashSet;
import java.util.Set;

/** What the neighbours are told at the end of a plan. */
final class Announcements {
    private final NetworkState desired;
    private final Draft draft;
    private final Set<Step> told = new HashSet<>();

    Announcements(NetworkState desired, Draft draft) {
        this.desired = desired;
        this.draft = draft;
    }

    /** Neighbours hold the old link's MAC address, or learned the address on another port of the switch. */
    void write() {
        for (Step step : draft.steps()) {
            if (step instanceof Step.AddAddress(Address address)
                    && (!address.isKernelMade() || address.isLearned())
                    && !isDetectedFirst(address)
                    && draft.addresses().stream().anyMatch(address::hasSameEffectAs)) {
                announce(address);
            }
            if (step instanceof Step.SetMac(String link, var _, var _)) {
                draft.addresses().stream()
                        .filter(address -> address.link().equals(link) && !address.isKernelMade())
                        .forEach(this::announce);
            }
        }
    }

    /** What somebody else may have must not be claimed yet (RFC 4862, 5.4); the kernel announces it when it is ours. */
    private static boolean isDetectedFirst(Address address) {
        return address.family() == Family.IPV6 && !address.flags().contains(Address.Flag.NO_DAD);
    }

    private void announce(Address address) {
        Link link = desired.link(address.link());
        if (link == null || !link.isUp()) {
            return;
        }
        MacAddress mac = link.attributes().mac();
        if (mac != null) {
            Step.Announce announcement = new Step.Announce(link.name(), address.ip(), mac);
            if (told.add(announcement)) {
                draft.announce(announcement);
            }
        }
    }
}
