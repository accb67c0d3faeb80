import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** While developing, every address inside the console is the console's page, as the platform serves it. */
const everyAddress: Plugin = {
  name: 'every-address',
  configureServer(server) {
    server.middlewares.use((request, _, next) => {
      if (request.headers.accept?.includes('text/html')) request.url = '/console/console.html'
      next()
    })
  },
}

// The console lives under /console/ of the platform itself, so a build needs no configuration of its address.
export default defineConfig({
  base: '/console/',
  // public holds dist's .gitkeep, which is committed so that Go can embed the folder before any build.
  plugins: [react(), everyAddress],
  build: {
    // Nothing is inlined as a data: address, because the content policy allows 'self' only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The kit is one chunk on purpose: it changes once in months and is cached until then.
    chunkSizeWarningLimit: 1400,
    rollupOptions: {
      input: 'console.html',
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler|@tanstack)[\\/]/, priority: 2 },
            { name: 'kit', test: /node_modules[\\/]/, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    proxy: { '/console/api': process.env.GATEPOST_URL ?? 'http://127.0.0.1:8700' },
  },
  test: { include: ['src/**/*.test.ts'] },
})
