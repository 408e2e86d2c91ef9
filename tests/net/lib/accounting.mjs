// Every packet is accounted for: both identities hold exactly, and nothing was dropped without a
// reason that the test knows.

import assert from 'node:assert/strict';

// What a call of two or three people may lose by their coming and going.
export const small_call = {
  egress_waiting: 5000,
  egress_not_ready: 5000,
  drop_unknown_ssrc: 500,
  drop_rtp_stranger: 500,
  drop_stun_stranger: 100,
  drop_dtls_stranger: 20,
};

// `explained`: {drop: most packets that this scenario may lose to it}.
export function assert_accounted(sluice, explained = {}) {
  const {node, workers} = sluice.ctl('drops');
  for (const [index, {identities}] of [node, ...workers].entries()) {
    for (const [name, identity] of Object.entries(identities)) {
      const where = index === 0 ? 'the node' : `worker ${index - 1}`;
      assert.equal(identity.difference, 0, `${name} of ${where}: ${JSON.stringify(identity)}`);
      assert.ok(identity.in > 0, `${name} of ${where} saw nothing`);
    }
  }
  const dropped = Object.entries({...node.ingress_drops, ...node.egress_drops}).filter(
    ([, packets]) => packets > 0,
  );
  console.log('both identities hold; dropped:', Object.fromEntries(dropped));
  for (const [name, packets] of dropped) {
    assert.ok(packets <= (explained[name] ?? 0), `${name}: ${packets} packets without a reason`);
  }
}
