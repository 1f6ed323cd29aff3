package io.onlink.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.docker.NetworkDriver.EndpointCall;
import io.onlink.failure.ConfigurationException;
import io.onlink.kernel.FakeKernel;
import io.onlink.model.IpAddress;
import io.onlink.model.NetworkState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whose an address is, from CreateEndpoint to DeleteEndpoint, in whatever order the calls come and however late. */
class AddressHoldersTest extends AttachedHost {
    @Test
    void whoIsDeletedIsAHolderUntilItsLinkIsGone() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        List<Boolean> isAHolder = new ArrayList<>();
        guard.afterRelease(() -> isAHolder.add(store.endpoint(ID).isPresent()));
        attachments.deleteEndpoint(new EndpointCall("n1", ID));
        assertThat(isAHolder).containsExactly(true);
        assertThat(attachments.holder(ID)).isEmpty();
        assertThat(kernel.observe().link(HOST_LINK)).isNull();
    }

    /** Its link is none for a moment, and its sandbox not there yet: no other is to be given its addresses meanwhile. */
    @Test
    void whoJoinsAgainIsAHolderAllTheTime() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        now = now.plus(LivingEndpoints.GRACE);
        List<Boolean> isAHolder = new ArrayList<>();
        guard.afterRelease(() -> {
            assertThat(kernel.observe().link(HOST_LINK)).isNull();
            isAHolder.add(attachments.holder(ID).isPresent());
            assertThat(attachments.takeFromDead(ID, () -> isAHolder.add(false))).isFalse();
        });
        join("n1", ID);
        assertThat(isAHolder).containsExactly(true);
    }

    /** The agent was away when the engine first asked for it. */
    @Test
    void whoJoinsLateIsAHolderMeanwhile() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        now = now.plus(LivingEndpoints.GRACE);
        List<Boolean> isAHolder = new ArrayList<>();
        guard.afterRelease(() -> isAHolder.add(attachments.holder(ID).isPresent()));
        join("n1", ID);
        assertThat(isAHolder).containsExactly(true);
    }

    @Test
    void whoJoinsSoLateThatItsAddressIsAnothersIsRefused() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        now = now.plus(LivingEndpoints.GRACE);
        assertThat(attachments.takeFromDead(ID, () -> store.lapse("front", IpAddress.parse("192.168.22.222"))))
                .isTrue();
        assertThatThrownBy(() -> join("n1", ID))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(
                        "192.168.22.222 on segment front was given to another meanwhile; start the container");
        assertThat(kernel.observe().link(HOST_LINK)).isNull();
    }

    @Test
    void aHolderIsOneAsLongAsItsLinkIsThere() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        assertThat(attachments.holder(ID)).contains("endpoint 5c1d0b6d9d0e");
        join("n1", ID);
        now = now.plus(LivingEndpoints.GRACE);
        store.name(ID, "web", null);
        assertThat(attachments.holder(ID)).contains("container web");
        removeLink();
        assertThat(attachments.holder(ID)).isEmpty();
    }

    /** Its sandbox is there: it gets another link, and has its addresses still. */
    @Test
    void aContainerWhoseLinkWasDeletedIsAHolder() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        sandbox = new FakeKernel(new NetworkState.Builder().build());
        removeLink();
        assertThat(attachments.holder(ID)).isPresent();
    }

    /** The engine deletes the endpoint and releases its addresses after Leave; until then nobody else is to have them. */
    @Test
    void whatHasLeftIsAHolderForAWhile() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        now = now.plus(LivingEndpoints.GRACE.multipliedBy(10));
        attachments.leave(new EndpointCall("n1", ID));
        assertThat(attachments.holder(ID)).isPresent();
        now = now.plus(LivingEndpoints.GRACE);
        assertThat(attachments.holder(ID)).isEmpty();
    }

    @Test
    void anAddressThatWasGivenToAnotherMeanwhileIsRefused() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        String late = ID.replace('5', '6');
        assertThatThrownBy(() -> create("n1", late, "192.168.22.222/24", null, "{}"))
                .hasMessageContaining("192.168.22.222 on segment front is in use by endpoint 5c1d0b6d9d0e");
        assertThat(store.endpoint(late)).isEmpty();
        // Once more for the same: an engine repeats what it was not answered.
        create("n1", ID, "192.168.22.222/24", null, "{}");
    }

    /** The engine says late that a container is gone whose address another has by now. */
    @Test
    void whoLeavesLateTakesNoAddressWithHim() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        removeLink();
        String next = ID.replace('5', '6');
        create("n1", next, "192.168.22.222/24", null, "{}");
        attachments.leave(new EndpointCall("n1", ID));
        attachments.deleteEndpoint(new EndpointCall("n1", ID));
        assertThat(store.lease("front", IpAddress.parse("192.168.22.222"))
                        .orElseThrow()
                        .endpoint())
                .isEqualTo(next);
    }
}
