// What a file leaves out has a default, and conf/sluice.yaml shows exactly those.
#include <gtest/gtest.h>

#include "common/config/config.h"

namespace sluice::config {
namespace {

const std::string least = R"(
dataplane:
  ports:
    - {name: media0, device: net_null0, addresses: [192.0.2.10/24]}
)";

TEST(Defaults, a_file_with_nothing_but_one_port_is_complete) {
  const auto config = load_text(least, "least.yaml");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->instance, "default");
  EXPECT_EQ(config->region_directory, "/dev/shm/sluice-default");
  EXPECT_EQ(config->capacities, shm::Capacities{});
  EXPECT_EQ(config->dataplane.cores, std::vector<uint32_t>{1});
  ASSERT_EQ(config->dataplane.ports.size(), 1U);
  EXPECT_EQ(config->dataplane.ports[0].name, "media0");
  EXPECT_EQ(config->dataplane.ports[0].mtu, 1'500);
  ASSERT_EQ(config->control.listeners.size(), 1U);
  EXPECT_EQ(to_string(config->control.listeners[0].address), "127.0.0.1");
  EXPECT_EQ(config->control.srtp_profiles.front(), srtp::Profile::aead_aes_256_gcm);
  EXPECT_EQ(config->control.admin_socket, "/run/sluice-default/admin.sock");
  EXPECT_EQ(config->control.journal, "/run/sluice-default/control.journal");
}

TEST(Defaults, paths_follow_the_name_of_the_instance) {
  const auto config = load_text("instance: pop-7\n" + least, "named.yaml");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->region_directory, "/dev/shm/sluice-pop-7");
  EXPECT_EQ(config->control.state_directory, "/var/lib/sluice-pop-7");
  EXPECT_EQ(config->control.admin_socket, "/run/sluice-pop-7/admin.sock");
  EXPECT_EQ(config->control.journal, "/run/sluice-pop-7/control.journal");
}

TEST(Defaults, a_section_without_content_is_an_empty_one) {
  const auto config = load_text("capacities:\ncontrol:\n" + least, "empty.yaml");
  ASSERT_TRUE(config.ok()) << config.error().message;
}

TEST(Defaults, one_worker_per_core) {
  const auto config =
      load_text("dataplane:\n  workers: {cores: [2, 4, 6]}\n" + least.substr(12), "cores.yaml");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->capacities.workers, 3U);
}

TEST(Defaults, idle_takes_poll_or_a_time) {
  const auto sleepy =
      load_text("dataplane:\n  idle: {sleep_us: 50}\n" + least.substr(12), "i.yaml");
  ASSERT_TRUE(sleepy.ok()) << sleepy.error().message;
  EXPECT_EQ(sleepy->dataplane.idle_sleep_us, 50U);
  const auto polling = load_text("dataplane:\n  idle: poll\n" + least.substr(12), "i.yaml");
  ASSERT_TRUE(polling.ok()) << polling.error().message;
  EXPECT_EQ(polling->dataplane.idle_sleep_us, 0U);
}

TEST(Defaults, the_commented_file_shows_them) {
  const auto shown = load_file(SLUICE_SOURCE_ROOT "/conf/sluice.yaml");
  ASSERT_TRUE(shown.ok()) << shown.error().message;
  const auto plain = load_text(least, "least.yaml");
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(shown->instance, plain->instance);
  EXPECT_EQ(shown->region_directory, plain->region_directory);
  EXPECT_EQ(shown->capacities, plain->capacities);

  const Dataplane &d = shown->dataplane, &e = plain->dataplane;
  EXPECT_EQ(d.cores, e.cores);
  EXPECT_EQ(d.idle_sleep_us, e.idle_sleep_us);
  EXPECT_EQ(d.hugepages, e.hugepages);
  EXPECT_EQ(d.memory_mib, e.memory_mib);
  EXPECT_EQ(d.multi_buffer_srtp, e.multi_buffer_srtp);
  EXPECT_EQ(d.udp_port_base, e.udp_port_base);
  EXPECT_EQ(d.mbufs, e.mbufs);
  EXPECT_EQ(d.video_log_packets, e.video_log_packets);
  EXPECT_EQ(d.video_log_kib, e.video_log_kib);
  EXPECT_EQ(d.audio_log_packets, e.audio_log_packets);
  EXPECT_EQ(d.audio_log_kib, e.audio_log_kib);
  EXPECT_EQ(d.key_frame_interval_ms, e.key_frame_interval_ms);
  EXPECT_EQ(d.stage_counters, e.stage_counters);
  EXPECT_EQ(d.log_level, e.log_level);
  EXPECT_EQ(d.ports[0].vlan, e.ports[0].vlan);
  EXPECT_EQ(d.ports[0].mtu, e.ports[0].mtu);
  EXPECT_EQ(d.ports[0].shared_with_kernel, e.ports[0].shared_with_kernel);
  EXPECT_EQ(d.ports[0].rx_descriptors, e.ports[0].rx_descriptors);
  EXPECT_EQ(d.ports[0].tx_descriptors, e.ports[0].tx_descriptors);
  EXPECT_EQ(d.ports[0].dscp.audio, e.ports[0].dscp.audio);
  EXPECT_EQ(d.ports[0].dscp.video, e.ports[0].dscp.video);
  EXPECT_EQ(d.ports[0].dscp.control, e.ports[0].dscp.control);

  const Control &c = shown->control, &k = plain->control;
  ASSERT_EQ(c.listeners.size(), k.listeners.size());
  EXPECT_EQ(c.listeners[0].address, k.listeners[0].address);
  EXPECT_EQ(c.listeners[0].port, k.listeners[0].port);
  EXPECT_EQ(c.public_url, k.public_url);
  EXPECT_EQ(c.web_root, k.web_root);
  EXPECT_EQ(c.state_directory, k.state_directory);
  EXPECT_EQ(c.admin_socket, k.admin_socket);
  EXPECT_EQ(c.journal, k.journal);
  EXPECT_EQ(c.api_key_files, k.api_key_files);
  EXPECT_EQ(c.srtp_profiles, k.srtp_profiles);
  EXPECT_EQ(c.codecs, k.codecs);
  EXPECT_EQ(c.meetings_max, k.meetings_max);
  EXPECT_EQ(c.participants_per_meeting_max, k.participants_per_meeting_max);
  EXPECT_EQ(c.token_lifetime_s, k.token_lifetime_s);
  EXPECT_EQ(c.dtls_threads, k.dtls_threads);
  EXPECT_EQ(c.receiver_feedback, k.receiver_feedback);
  EXPECT_EQ(c.transport_wide_audience_max, k.transport_wide_audience_max);
  EXPECT_EQ(c.log_level, k.log_level);
  EXPECT_EQ(c.metrics_networks, k.metrics_networks);

  const IceTcp &i = shown->ice_tcp, &j = plain->ice_tcp;
  EXPECT_TRUE(i.listeners.empty());
  EXPECT_EQ(i.connections_max, j.connections_max);
  EXPECT_EQ(i.log_level, j.log_level);
  EXPECT_EQ(i.metrics_listeners, j.metrics_listeners);
  EXPECT_EQ(i.metrics_networks, j.metrics_networks);
}

}  // namespace
}  // namespace sluice::config
