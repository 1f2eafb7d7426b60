// The official client against our hub: calls, streams both ways, callbacks, results of the client.
import * as signalR from "@microsoft/signalr";
import { MessagePackHubProtocol } from "@microsoft/signalr-protocol-msgpack";

const [url, protocol] = process.argv.slice(2);
let builder = new signalR.HubConnectionBuilder()
  .withUrl(url, { accessTokenFactory: () => "good-token" })
  .configureLogging(signalR.LogLevel.Error);
if (protocol === "messagepack") builder = builder.withHubProtocol(new MessagePackHubProtocol());
const hub = builder.build();
const told = { ticks: [] };

hub.on("Tick", (value) => told.ticks.push(value));
hub.on("Confirm", (question) => `${question} yes`);
const closed = new Promise((resolve) => hub.onclose((error) => resolve(error?.message ?? "")));

const items = (name, ...terms) =>
  new Promise((resolve, reject) => {
    const found = [];
    hub.stream(name, ...terms).subscribe({
      next: (item) => found.push(item),
      complete: () => resolve(found),
      error: reject,
    });
  });

await hub.start();
told.add = await hub.invoke("add", 40, 2);
told.void = (await hub.invoke("Void")) === undefined;
told.error = await hub.invoke("Nothing").catch((error) => error.message);
told.counter = await items("Counter", 3);
await hub.invoke("CallMe", 5);
told.confirmed = await hub.invoke("AskMe", "sure?");
const upload = new signalR.Subject();
const sum = hub.invoke("Sum", upload);
[1, 2, 3].forEach((value) => upload.next(value));
upload.complete();
told.sum = await sum;
await hub.send("Bye");
told.closed = await closed;
console.log(JSON.stringify(told));
