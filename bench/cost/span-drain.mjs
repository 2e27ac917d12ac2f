// A process that takes spans over OTLP and HTTP and does nothing with them; says its port over IPC.
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  request.on('end', () => response.setHeader('content-type', 'application/json').end('{}')).resume()
})
server.listen(0, '127.0.0.1', () => process.send(server.address().port))
process.on('disconnect', () => process.exit())
