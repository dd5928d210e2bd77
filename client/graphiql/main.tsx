import { render } from 'solid-js/web'
import '../src/tokens.css'
import { Explorer } from './explorer.tsx'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
render(() => <Explorer />, root)
