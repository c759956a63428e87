// Sends all six types with @rudderstack/rudder-sdk-node. Usage: node server_sdk.mjs GATEWAY WRITE_KEY
import Analytics from "@rudderstack/rudder-sdk-node";

const [gateway, writeKey] = process.argv.slice(2);
const analytics = new Analytics(writeKey, {
  dataPlaneUrl: gateway,
  flushAt: 3, // several requests, whose order matters
  errorHandler: (error) => {
    console.error(`SDK error: ${error.message}`);
    process.exitCode = 1;
  },
});

analytics.track({ anonymousId: "node-an-1", event: "Browsed", properties: { page: 1 } });
analytics.identify({ userId: "node-1", anonymousId: "node-an-1", traits: { email: "Node@Example.org", plan: "pro" } });
analytics.track({ userId: "node-1", event: "Plan Upgraded", properties: { plan: "pro", price: 9.5 } });
analytics.page({ userId: "node-1", category: "Docs", name: "Intro", properties: { url: "https://x.example/docs" } });
analytics.screen({ userId: "node-1", name: "Start", properties: { tab: 1 } });
analytics.group({
  userId: "node-1",
  groupId: "7a0a6a2e-0000-4000-8000-000000000001",
  traits: { email: "node@example.org", subscriptionState: "subscribed" },
});
analytics.identify({ userId: "node-old", traits: { plan: "free" } });
analytics.alias({ previousId: "node-old", userId: "node-1" });
await analytics.flush();
