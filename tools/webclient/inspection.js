// window.sluice: what tests and the console of a curious person can read. It changes nothing.

export function inspect(session, view) {
  const stats = (participant_id, source) => view.stats_poller.of_source(participant_id, source);
  return {
    get connection() {
      return session.connection;
    },
    get self_id() {
      return session.roster.self_id;
    },
    // [{id, name, state, sources: {camera: {muted, codec, csrc, mid, phase}}}]
    participants() {
      return [...session.roster.participants.values()].map(
        ({id, name, state, speaking, tracks}) => ({
          id,
          name,
          state,
          speaking,
          sources: Object.fromEntries(
            [...tracks].map(([source, {muted, codec, csrc}]) => [
              source,
              {
                muted,
                codec,
                csrc,
                mid: session.roster.mid_of(id, source),
                phase: session.roster.subscription(id, source)?.phase ?? '',
              },
            ]),
          ),
        }),
      );
    },
    // What is on the screen: [{participant_id, source, label, shows_video, notice}]
    tiles() {
      return view.grid.shown.map(({participant_id, source, label, shows_video, notice}) => ({
        participant_id,
        source,
        label,
        shows_video,
        notice,
      }));
    },
    // Numbers per source now: [{participant_id, source, own, ...numbers}]
    async stats() {
      await view.stats_poller.poll();
      const rows = [];
      for (const {id, tracks} of session.roster.participants.values()) {
        const own = id === session.roster.self_id;
        for (const source of own ? (session.publish?.sources ?? []) : tracks.keys()) {
          const numbers = stats(id, source);
          if (numbers) rows.push({participant_id: id, source, own, ...numbers});
        }
      }
      return rows;
    },
    peers: () => ({publish: session.publish?.peer, receive: session.receive?.peer}),
  };
}
